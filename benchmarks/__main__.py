"""`python -m benchmarks`: our figures beside what they are compared with."""

from benchmarks import page_start

if __name__ == "__main__":
    page_start.main()
