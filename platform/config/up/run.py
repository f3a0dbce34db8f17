"""`manage.py up`: all of Sluice as children of one process, and one example to see it work."""

import time
from collections.abc import Callable
from contextlib import ExitStack

from django.conf import settings
from rich.console import Console

from accounts.models import User
from config.up.checks import check_credential_keys, check_database, check_home
from config.up.children import Children
from config.up.demo import demo_user, import_examples, one_time_password
from config.up.errors import CannotStart
from config.up.example import run_example
from config.up.lock import instance_lock
from config.up.migrations import migrate_if_pending
from config.up.port import listen, url_of
from config.up.processes import processes
from config.up.redis import running_redis, tend_redis
from config.up.stopping import stop_listening
from executor.statuses import Status
from reliability.errors import SluiceError

TEND_SECONDS = 0.2


def up(*, once: bool, port: int | None, console: Console) -> bool:
    """Start everything, run the example, and stay until Ctrl-C unless `once`. Whether the example COMPLETED.

    1. Check the data folder and the database; take the lock and the port; start Redis; bring the tables up to date;
       see that the keys fit.
    2. Start the worker, the web server and the clock.
    3. Run the example and show it; say where the site is and how to sign in.
    4. Stay, and start again what ends.
    However this is left, everything is stopped, Redis last. Raises CannotStart and RedisNotStarted.
    """
    check_home(settings.HOME)
    check_database()
    say = _sayer(console)
    with ExitStack() as stack:
        lock = stack.enter_context(instance_lock(settings.HOME / "up.lock"))
        listener = stack.enter_context(listen(port))
        redis = stack.enter_context(running_redis())
        _bring_up_to_date(console)
        check_credential_keys()
        children = Children(processes(listener), say=say)
        stack.callback(children.stop)
        stack.callback(stop_listening)
        children.start()
        lock.tell(url_of(listener))

        def tend() -> None:
            tend_redis(redis, say)
            children.tend()

        completed = _show_it_works(url_of(listener), tend, console)
        while not once:
            tend()
            time.sleep(TEND_SECONDS)
    return completed


def _show_it_works(url: str, tend: Callable[[], None], console: Console) -> bool:
    """Whether the example COMPLETED."""
    user = demo_user()
    completed = _example_completes(user, tend, console)
    say = _sayer(console)
    for refusal in import_examples(user):
        say(refusal)
    _greet(user, url, say)
    return completed


def _bring_up_to_date(console: Console) -> None:
    with console.status("Looking at the database …"):
        migrated = migrate_if_pending()
    if migrated:
        console.print("The database is up to date.")


def _sayer(console: Console) -> Callable[[str], None]:
    return lambda sentence: console.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _example_completes(user: User, tend: Callable[[], None], console: Console) -> bool:
    """An example that cannot run is no reason not to stay."""
    try:
        return run_example(user, tend=tend, console=console).status == Status.COMPLETED
    except CannotStart:
        raise
    except SluiceError as error:
        _sayer(console)(f"The example did not run: {error}")
        return False


def _greet(user: User, url: str, say: Callable[[str], None]) -> None:
    password = one_time_password(user)
    how = password or "as you know it; `manage.py changepassword` sets another"
    say("")
    say(f"Site      {url}")
    say(f"Sign in   {user.email}")
    say(f"Password  {how}")
    say(f"Logs      {settings.HOME / 'logs'}")
