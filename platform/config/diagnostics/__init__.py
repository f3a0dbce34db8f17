"""Pages of the admin that show how an installation is: its workers, its queue, and the settings in force."""
