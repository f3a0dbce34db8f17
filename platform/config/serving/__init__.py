"""How requests come in from a server and answers go out to it: Django's own ways, with what they leave open."""
