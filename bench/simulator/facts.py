"""What is known of AWS's timing and quotas, each with its source; what is assumed says so.

Sources: D, AWS's documentation, under the address that stands there; M, measured by whoever is named;
A, an assumption of ours, chosen rather too bad than too good.
"""

from bench.simulator.world import Spread

# ------------------------------------------------------------------ EventBridge Scheduler
# D: a schedule fires within the 60 s that begin with its instant.
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
TICK_WITHIN = 60.0
# A: D says only "at least once", and nothing of losses.
TICK_LOST, TICK_DOUBLED = 0.002, 0.002

# ------------------------------------------------------------------ SQS and its event source mapping
# M: from a sender to a function 16 ms (p50), 105 ms (p99), in Ireland, 1,024 messages.
# https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/
# The sending call, the message's way through the queue and the poller's to the function share them.
SEND = Spread(0.008, 0.040)
APPEAR = Spread(0.003, 0.030)
RECEIVE = Spread(0.008, 0.050)
# D: standard queues deliver at least once and in no order.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
# A: how often. A straggler is what makes their order wrong by more than milliseconds.
DOUBLED, STRAGGLES = 0.001, 0.0005
STRAGGLER = Spread(0.5, 5.0)
DOUBLE_AFTER = Spread(2.0, 60.0)
# D: a message may count as received although no consumer has it.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoiding-inconsistent-message-processing.html
RECEIVED_BY_NOBODY = 0.0002
# D: ten messages in one call. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
AT_ONCE = 10
# D: five batches at first, 300 more a minute while messages wait, at most 1,250.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
# A: in steps of a second; back at five after a minute in which none waited.
AT_FIRST, MORE_A_SECOND, MOST_BATCHES = 5, 5, 1_250
BACK_AFTER = 60.0
# D: 20 s. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
LONG_POLL = 20.0

# ------------------------------------------------------------------ Lambda
# D: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ACCOUNT_CONCURRENCY = 1_000
# D: 1,000 more environments every 10 s for each function, refilled continuously.
# https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
NEW_AT_ONCE, NEW_A_SECOND = 1_000, 100
# D: 1,769 MB are one vCPU. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEMORY_OF_A_CPU = 1_769
USUAL_MEMORY = 512  # of our functions
# A: others tell 0.3 s (p50) and 0.7 s (p99) for Python 3.13 with boto3; twice that for what else is imported,
# and 0.2 s in which the environment is made, which is not billed.
INIT = Spread(0.6, 1.3)
PLACED = Spread(0.2, 0.5)
# A: AWS does not say how long an idle environment is kept.
KEPT_IDLE = 300.0
# D: the clock is kept by NTP. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (TZ)
# A: to a millisecond, as NTP within a data centre does.
CLOCK_OFF_BY = 0.001
# A: a poller whose invocation was throttled tries again, ever later.
THROTTLED_FIRST, THROTTLED_MOST = 0.2, 10.0

# ------------------------------------------------------------------ DynamoDB
# A: "single-digit milliseconds" at the service (D), with the network and the tail that boto3 sees.
# https://aws.amazon.com/blogs/database/understanding-amazon-dynamodb-latency/
READ = Spread(0.004, 0.020)
WRITE = Spread(0.006, 0.030)
# D: each partition 1,000 write and 3,000 read units a second; a new on-demand table 4,000 and 12,000.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
PARTITION_WRITES, PARTITION_READS = 1_000, 3_000
WARM_WRITES, WARM_READS = 4_000, 12_000
# D: an index follows "within a fraction of a second" when all is well. A: the numbers.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
INDEX_LAG = Spread(0.05, 1.0, least=0.01, most=2.0)
# D: an eventually consistent reading is right "usually within one second or less". A: the numbers.
STALE, STALE_BY = 0.05, Spread(0.02, 0.5)
# A: an answer is lost after its effect, and the SDK waits for its read timeout before it asks again.
ANSWER_LOST, READ_TIMEOUT = 0.00002, 5.0
# The retries of botocore's standard mode, with wiring.py's count: random up to 1, 2, 4 s.
# https://docs.aws.amazon.com/boto3/latest/guide/retries.html
TRIES = 4

# ------------------------------------------------------------------ secrets
# D: 40 calls a second in all, or 1,000 (GetParameters) with the higher throughput that is a paid setting.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-throughput.html
SECRET_READS = 40
SECRET = Spread(0.012, 0.060)

# ------------------------------------------------------------------ our own code
# M: processor time of one boto3 call to a local server that answers at once, on one EPYC core; the commit's
# with a TLS handshake. Half as slow again for Lambda's arm64 core (A). Divided by the share of a vCPU.
CPU_READ, CPU_WRITE, CPU_SEND, CPU_COMMIT, CPU_ENTRY = 0.0033, 0.0039, 0.0045, 0.0052, 0.0001
CPU_MESSAGE = 0.002
NO_TIME = Spread(1e-6, 1e-6)
LOGGED = 1_500  # bytes in the log for one ticket, counted in bench/delivery.py

# ------------------------------------------------------------------ sizes, for request units
# A row is below 1 KB (bench/delivery.py weighs one); an index entry holds its keys, network and version.
KB = 1024
INDEX_ENTRY = 200
