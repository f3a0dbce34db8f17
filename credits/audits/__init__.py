"""When audits ran and what they have found, and audits that are asked for. What they look at is in `credits.audit`."""
