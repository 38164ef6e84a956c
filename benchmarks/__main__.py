"""`python -m benchmarks`: every figure this project claims, printed beside what it is compared with."""

from benchmarks import page_start

if __name__ == "__main__":
    page_start.main()
