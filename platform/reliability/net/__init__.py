"""The one way outward: what leaves, and where to. See docs/outward.md."""
