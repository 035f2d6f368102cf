"""The whole delivery system on a virtual clock: the real desks, models of AWS, and networks that lie.

`python -m bench.simulator --deliveries 1000000 --seed 1`. One seed gives one run, to the last microsecond.
"""
