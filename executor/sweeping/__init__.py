"""What the sweeper can repair, one kind of trouble a file. Any number of sweepers may run, each repair is conditional.

Each function repairs what it finds now, at most so many at a time, and says how many that were.
"""
