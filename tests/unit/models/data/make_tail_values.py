#!/usr/bin/env python3
"""Prints the table of tails_test.cpp: make_tail_values.py (needs mpmath and scipy).
Log-probabilities with 60 digits; tails summed with 60 digits, and checked against scipy where that does not underflow."""
import mpmath as mp
from scipy import stats

mp.mp.dps = 60


def nb(x, mean, size):
    x, mean, size = mp.mpf(x), mp.mpf(mean), mp.mpf(size)
    return (mp.loggamma(x + size) - mp.loggamma(size) - mp.loggamma(x + 1)
            + size * mp.log(size / (size + mean)) + x * mp.log(mean / (size + mean)))


def bb(e, n, a, b):
    e, n, a, b = map(mp.mpf, (e, n, a, b))
    return (mp.loggamma(n + 1) - mp.loggamma(e + 1) - mp.loggamma(n - e + 1)
            + mp.log(mp.beta(e + a, n - e + b)) - mp.log(mp.beta(a, b))) if n < 1e6 else (
        mp.loggamma(n + 1) - mp.loggamma(e + 1) - mp.loggamma(n - e + 1) + mp.loggamma(e + a) + mp.loggamma(n - e + b)
        - mp.loggamma(n + a + b) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b))


def tail(log_probability, start, step, end):
    first = log_probability(start)
    total, j = mp.mpf(1), start
    while j != end:
        j += step
        term = mp.exp(log_probability(j) - first)
        total += term
        if term < total * mp.mpf(10) ** -15:
            break
    return -(first + mp.log(total))


def main():
    for x, mean, size in ((3, .1, .5), (8, 1.5, 3), (40, 10, 5), (200, 10, 5), (900, 500, 100), (5000, 20, 2), (60, 20, 1e4)):
        value = tail(lambda j: nb(j, mean, size), x, 1, None)
        peer = -stats.nbinom.logsf(x - 1, size, size / (size + mean))
        assert not peer < 500 or abs(peer - value) < 1e-8 * value, (x, peer, value)
        print(f"upper {{{x}, {mean}, {size}, {mp.nstr(value, 17)}}},")
    for x, mean, size in ((0, 5, 2), (2, 20, 8), (50, 400, 30), (0, 300, 50), (900, 3000, 200), (10, 80, 1e4)):
        value = tail(lambda j: nb(j, mean, size), x, -1, 0)
        peer = -stats.nbinom.logcdf(x, size, size / (size + mean))
        assert not peer < 500 or abs(peer - value) < 1e-8 * value, (x, peer, value)
        print(f"lower {{{x}, {mean}, {size}, {mp.nstr(value, 17)}}},")
    for x, mean, size in ((3, .1, .5), (17.25, 4, .03), (2e9, 1.9e9, 1e4), (2e9, 1e3, 2), (1e6, 1e6, 50), (0, 1e9, 5), (1, 1e-7, 30)):
        print(f"probability {{{x}, {mean}, {size}, {mp.nstr(-nb(x, mean, size), 17)}}},")
    for e, n, a, b in ((3, 10, .5, 20), (10, 100, 2, 98), (60, 100, 1, 99), (400, 500, 5, 95), (100, 100, .01, 3)):
        value = tail(lambda j: bb(j, n, a, b), e, 1, n)
        peer = -stats.betabinom.logsf(e - 1, n, a, b)
        assert not peer < 20 or abs(peer - value) < 1e-6 * value, (e, peer, value)
        print(f"beta {{{e}, {n}, {a}, {b}, {mp.nstr(value, 17)}}},")
    for e, n, a, b in ((3, 10, .5, 20), (2e9, 2.1e9, 5, 995), (2e9, 2e9, 1, 9999), (1e6, 2e9, 3, 6000), (1, 2e9, 1e-6, 1)):
        print(f"beta probability {{{e}, {n}, {a}, {b}, {mp.nstr(-bb(e, n, a, b), 17)}}},")


if __name__ == "__main__":
    main()
