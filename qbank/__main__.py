"""`python -m qbank`, and the `qbank` command."""

from __future__ import annotations


def main() -> None:
    """Run the command. Until it has begun, Ctrl-C ends this process without a word."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from qbank.cli import main as run

    run()


if __name__ == "__main__":
    main()
