"""What people read in a browser: the way in, the interface, the kinds of problems. No page asks another host."""
