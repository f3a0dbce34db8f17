"""Credentials over the API: the routes that the AutoGPT Platform has under `integrations`."""
