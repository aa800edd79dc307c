"""Supply chain: the packages of the service and known vulnerabilities in them, by the tools of their lock file."""
