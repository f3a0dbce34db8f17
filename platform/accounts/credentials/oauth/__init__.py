"""Credentials that a provider gives out: authorization code with PKCE (RFC 6749, RFC 7636), renewal, revocation."""
