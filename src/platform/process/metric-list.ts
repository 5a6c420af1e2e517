/** One metric: what it is called on `/metrics` and by OTLP, where the OpenTelemetry conventions have a name use theirs. */
export interface MetricDefinition {
  readonly name: string;
  readonly otlp: string;
  readonly kind: "counter" | "gauge" | "histogram";
  /** By the Unified Code for Units of Measure. */
  readonly unit: string;
  readonly help: string;
  /** Each label, and the attribute that it is by OTLP. */
  readonly labels: Readonly<Record<string, string>>;
  /** What OTLP says beside the labels, for it is always the same. */
  readonly constants?: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

const eventType = { event_type: "mpc_delius.event_type" } as const;
const dependency = { dependency: "mpc_delius.dependency" } as const;
const pool = { pool: "db.client.connection.pool.name" } as const;
const sqs = { "messaging.system": "aws_sqs" } as const;
const postgresql = { "db.system.name": "postgresql" } as const;

const webBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const callBuckets = [...webBuckets, 5, 15];
const workBuckets = [...callBuckets, 45];
// From a moment to the days that a message may spend in a dead-letter queue.
const lagBuckets = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400];

/** Every metric of our own. No label identifies a person. */
export const metricList = {
  outcomes: {
    name: "mpc_delius_outcomes_total",
    otlp: "mpc_delius.outcomes",
    kind: "counter",
    unit: "{fact}",
    help: "Messages settled, by event type and outcome",
    labels: { ...eventType, outcome: "mpc_delius.outcome" },
  },
  failedAttempts: {
    name: "mpc_delius_failed_attempts_total",
    otlp: "mpc_delius.failed_attempts",
    kind: "counter",
    unit: "{attempt}",
    help: "Failed attempts at a message, by the dependency that failed",
    labels: dependency,
  },
  received: {
    name: "messaging_client_consumed_messages_total",
    otlp: "messaging.client.consumed.messages",
    kind: "counter",
    unit: "{message}",
    help: "Messages received from the queue, repeated deliveries included",
    labels: {},
    constants: { ...sqs, "messaging.operation.name": "receive" },
  },
  processing: {
    name: "messaging_process_duration_seconds",
    otlp: "messaging.process.duration",
    kind: "histogram",
    unit: "s",
    help: "Time of one attempt at a message, from its slot to its settlement or failure",
    labels: eventType,
    constants: { ...sqs, "messaging.operation.name": "process" },
    buckets: workBuckets,
  },
  eventToCommit: {
    name: "mpc_delius_event_to_commit_seconds",
    otlp: "mpc_delius.event_to_commit.duration",
    kind: "histogram",
    unit: "s",
    help: "Time from an event's occurredAt until it was settled; without replays and refreshes",
    labels: eventType,
    buckets: lagBuckets,
  },
  oldestMessage: {
    name: "mpc_delius_oldest_message_age_seconds",
    otlp: "mpc_delius.oldest_message.age",
    kind: "gauge",
    unit: "s",
    help: "Age of the oldest message in hand, or, while messages wait and none is received, for how long; else 0",
    labels: {},
  },
  inHand: {
    name: "mpc_delius_messages_in_hand",
    otlp: "mpc_delius.messages.in_hand",
    kind: "gauge",
    unit: "{message}",
    help: "Messages that this process has received and not yet settled or put back",
    labels: {},
  },
  slots: {
    name: "mpc_delius_slots",
    otlp: "mpc_delius.slots",
    kind: "gauge",
    unit: "{slot}",
    help: "Slots for messages in work, by state: busy, or free, which none is while the intake is paused or a dependency is down",
    labels: { state: "mpc_delius.slot.state" },
  },
  batch: {
    name: "mpc_delius_settled_together_messages",
    otlp: "mpc_delius.settled_together.messages",
    kind: "histogram",
    unit: "{message}",
    help: "Messages that shared a transaction",
    labels: {},
    buckets: [1, 2, 4, 8, 16, 32],
  },
  circuit: {
    name: "mpc_delius_circuit_state",
    otlp: "mpc_delius.circuit.state",
    kind: "gauge",
    unit: "1",
    help: "Whether a dependency keeps messages out: 0 no, 1 on trial, 2 open",
    labels: dependency,
  },
  paused: {
    name: "mpc_delius_intake_paused",
    otlp: "mpc_delius.intake.paused",
    kind: "gauge",
    unit: "1",
    help: "1 while an operator has paused the intake",
    labels: {},
  },
  queue: {
    name: "mpc_delius_queue_messages",
    otlp: "mpc_delius.queue.messages",
    kind: "gauge",
    unit: "{message}",
    help: "About how many messages the queue holds: waiting, in flight, and dead in its dead-letter queue",
    labels: { state: "mpc_delius.message.state" },
  },
  quarantined: {
    name: "mpc_delius_quarantined_messages",
    otlp: "mpc_delius.quarantined.messages",
    kind: "gauge",
    unit: "{message}",
    help: "Messages in quarantine that no one has replayed or discarded, by reason",
    labels: { reason: "mpc_delius.outcome" },
  },
  quarantinedSince: {
    name: "mpc_delius_quarantine_oldest_timestamp_seconds",
    otlp: "mpc_delius.quarantine.oldest.timestamp",
    kind: "gauge",
    unit: "s",
    help: "When the oldest of them was first seen, in Unix time",
    labels: { reason: "mpc_delius.outcome" },
  },
  waiting: {
    name: "mpc_delius_waiting_cases",
    otlp: "mpc_delius.waiting.cases",
    kind: "gauge",
    unit: "{case}",
    help: "Cases that cannot be written yet, by what they wait for",
    labels: { waits_for: "mpc_delius.waits_for", outcome: "mpc_delius.outcome" },
  },
  waitingSince: {
    name: "mpc_delius_waiting_oldest_timestamp_seconds",
    otlp: "mpc_delius.waiting.oldest.timestamp",
    kind: "gauge",
    unit: "s",
    help: "Since when the oldest of them waits, in Unix time",
    labels: { waits_for: "mpc_delius.waits_for", outcome: "mpc_delius.outcome" },
  },
  reconciledAt: {
    name: "mpc_delius_reconciliation_finished_timestamp_seconds",
    otlp: "mpc_delius.reconciliation.finished.timestamp",
    kind: "gauge",
    unit: "s",
    help: "When the last reconciliation of all cases finished, in Unix time; absent before the first",
    labels: {},
  },
  reconciledCases: {
    name: "mpc_delius_reconciliation_compared_cases",
    otlp: "mpc_delius.reconciliation.compared.cases",
    kind: "gauge",
    unit: "{case}",
    help: "Cases that the last reconciliation of all cases compared",
    labels: {},
  },
  drift: {
    name: "mpc_delius_reconciliation_drift",
    otlp: "mpc_delius.reconciliation.drift",
    kind: "gauge",
    unit: "{difference}",
    help: "Differences that the last reconciliation of all cases found, by class",
    labels: { class: "mpc_delius.drift.class" },
  },
  requests: {
    name: "http_server_request_duration_seconds",
    otlp: "http.server.request.duration",
    kind: "histogram",
    unit: "s",
    help: "Requests answered, by method, route and status",
    labels: { method: "http.request.method", route: "http.route", status: "http.response.status_code" },
    buckets: webBuckets,
  },
  calls: {
    name: "http_client_request_duration_seconds",
    otlp: "http.client.request.duration",
    kind: "histogram",
    unit: "s",
    help: "Calls of Manage POM Cases (mpc) and HMPPS Auth (auth); status 0 where none came",
    labels: { dependency: "peer.service", method: "http.request.method", status: "http.response.status_code" },
    buckets: callBuckets,
  },
  connections: {
    name: "db_client_connection_count",
    otlp: "db.client.connection.count",
    kind: "gauge",
    unit: "{connection}",
    help: "Connections to the database, by pool and state: idle or used",
    labels: { ...pool, state: "db.client.connection.state" },
    constants: postgresql,
  },
  maxConnections: {
    name: "db_client_connection_max",
    otlp: "db.client.connection.max",
    kind: "gauge",
    unit: "{connection}",
    help: "Most connections that a pool opens",
    labels: pool,
    constants: postgresql,
  },
  waitingForConnection: {
    name: "db_client_connection_pending_requests",
    otlp: "db.client.connection.pending_requests",
    kind: "gauge",
    unit: "{request}",
    help: "Statements and transactions that wait for a connection",
    labels: pool,
    constants: postgresql,
  },
  databaseOperations: {
    name: "db_client_operation_duration_seconds",
    otlp: "db.client.operation.duration",
    kind: "histogram",
    unit: "s",
    help: "Look-ups and transactions of the messages, waiting for a connection included",
    labels: { operation: "db.operation.name" },
    constants: postgresql,
    buckets: callBuckets,
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** What a metric of our own is called in the code. */
export type MetricName = keyof typeof metricList;
