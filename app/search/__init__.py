"""One search box over everything that has words."""
