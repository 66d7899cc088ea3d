"""How a server is: what is counted and measured of every room, and alarms over it."""
