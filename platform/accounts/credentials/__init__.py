"""What users let their graphs sign in with elsewhere: stored sealed, opened only for the node that needs it."""
