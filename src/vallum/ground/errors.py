"""Every error that vallum raises on purpose.

The tree::

    VallumError
    ├── NotAProject          the folder holds no vallum.toml
    ├── BadSetting           a value in vallum.toml or on the command line cannot be used
    ├── BadInput             a file or text from outside cannot be used
    │   ├── BadDate          a date cannot be read, or is missing
    │   ├── BadLine          a frontier line cannot be used
    │   ├── BadImage         an image cannot be used
    │   ├── BadTable         a table of verdicts or barriers cannot be used
    │   └── TooLarge         more was sent than is taken at once
    ├── NoProject            the app has no project open
    ├── Busy                 a job is running that must end first
    ├── Stopped              a person stopped a running job
    ├── NotSignedIn          nobody is known by what the browser sent
    ├── NotAllowed           a person's role does not allow it
    ├── NotThere             there is no such thing
    │   └── NoTicket         a thing to judge is not known by this name any more
    ├── WouldLeak            a publication would tell what must not leave
    ├── Stale                somebody changed this thing meanwhile
    ├── NotASample           a number was asked of metres that could not have been drawn
    ├── NoChainage           a point has no place on the frontier
    ├── GridMismatch         two rasters are not on one grid
    ├── NotAligned           two images could not be brought to lie on each other
    ├── MissingExtra         an optional package is not installed
    ├── BrokenInstall        a file of vallum itself is missing or changed
    ├── WorkerFailed         the limited process that opens foreign files died
    ├── NotReached           a server on the network did not give what was asked of it
    │   └── AddressRefused   an address that vallum does not ask
    ├── VaultError           the vault cannot be used
    │   └── NotOpened        a file of the vault was changed, or is not for this key
    └── StoreError           the project's database
        ├── ChainBroken      a ledger row does not follow from the one before
        ├── StoreLocked      another vallum is writing
        ├── NetworkDrive     the project lies on a network file system
        ├── SchemaTooNew     the database was written by a newer vallum
        └── DiskFull         no room left to write

A message says what happened, where, what vallum did about it, and the one next step.
"""


class VallumError(Exception):
    """Base of every error raised on purpose; its class name is its code."""

    exit_code = 1

    @property
    def code(self) -> str:
        """The name by which the documentation lists this error."""
        return type(self).__name__


class NotAProject(VallumError):
    """The folder holds no `vallum.toml`."""

    exit_code = 2


class BadSetting(VallumError):
    """A value in `vallum.toml` or on the command line cannot be used."""

    exit_code = 2


class BadInput(VallumError):
    """A file or text from outside cannot be used."""


class BadDate(BadInput):
    """A date cannot be read, or is missing."""


class BadLine(BadInput):
    """A frontier line cannot be used."""


class BadImage(BadInput):
    """An image cannot be used."""


class BadTable(BadInput):
    """A table of verdicts, barriers or footprints cannot be used."""


class TooLarge(BadInput):
    """More was sent than is taken at once."""


class NoProject(VallumError):
    """The app has no project open."""


class Busy(VallumError):
    """A job is running that must end first."""


class Stopped(VallumError):
    """A person stopped a running job; what was finished is kept."""


class NotSignedIn(VallumError):
    """Nobody is known by what the browser sent."""


class NotAllowed(VallumError):
    """The role of this person does not allow it, or the request came from elsewhere."""


class WouldLeak(VallumError):
    """A publication would tell what must not leave; nothing was published."""


class NotThere(VallumError):
    """There is no such address, file or thing."""


class NoTicket(NotThere):
    """A thing to judge is not known by this name, or not to this person."""


class Stale(VallumError):
    """Somebody changed this thing meanwhile; both answers are kept."""


class NotASample(VallumError):
    """A number was asked of metres that could not have been drawn: it would be a guess."""


class NoChainage(VallumError):
    """A point has no place on the frontier within the limit."""


class GridMismatch(VallumError):
    """Two rasters are not on one grid."""


class NotAligned(VallumError):
    """Two images could not be brought to lie on each other."""


class MissingExtra(VallumError):
    """An optional package is not installed."""


class BrokenInstall(VallumError):
    """A file that belongs to vallum itself is missing or changed."""


class WorkerFailed(VallumError):
    """The limited process that opens foreign files died or ran out of time."""


class NotReached(VallumError):
    """A server on the network did not give what was asked of it, after several tries."""


class AddressRefused(NotReached):
    """An address that vallum does not ask: not https, or inside the own network."""


class VaultError(VallumError):
    """The folder of encrypted files cannot be used as it is."""


class NotOpened(VaultError):
    """A file of the vault was changed, or was not made for this key; nothing of it was given."""


class StoreError(VallumError):
    """The project's database could not be read or written."""


class ChainBroken(StoreError):
    """A ledger row does not follow from the one before it."""


class StoreLocked(StoreError):
    """Another vallum is writing to this project."""


class NetworkDrive(StoreError):
    """The project lies on a network file system, where SQLite can corrupt or hang."""


class SchemaTooNew(StoreError):
    """The database was written by a newer vallum."""


class DiskFull(StoreError):
    """No room left to write; nothing half-written was kept."""
