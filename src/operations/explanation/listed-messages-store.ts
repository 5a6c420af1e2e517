import { z } from "zod";
import { isBeyond } from "../../platform/database/keyset.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { quarantinedSchema } from "../quarantine/quarantine-schema.ts";
import { waitingCaseSchema } from "../waiting/waiting-schema.ts";
import { storedMessageSchema, type MessagePageRequest } from "./explanation.ts";
import { storedMarkSchema } from "./origin.ts";

/** SQL that finds what is shown, in the words of the statement around it. */
export interface MessageQueries {
  /** Whether a row's `noms_number` is one of those in question. */
  readonly isNumber: string;
  /** `journal_id` and `inbox_key` of the journal rows in question. */
  readonly journal: string;
  /** Two values: the place behind which the page of messages begins. */
  readonly behind: readonly [string, string];
  /** How many messages. */
  readonly most: string;
}

/** Columns `waiting`, `quarantined`, `marks` and `messages` of a statement. */
export function messagesAbout(queries: MessageQueries): string {
  return [waitingOf(queries), quarantinedOf(queries), marksOf(queries), messagesOf(queries)].join(",");
}

function waitingOf({ isNumber }: MessageQueries): string {
  return `
      coalesce((
        select json_agg(json_build_object('nomsNumber', noms_number, 'fact', fact, 'outcome', outcome,
          'waitsFor', waits_for, 'inboxKey', inbox_key, 'since', since,
          'isNumberInDelius', coalesce((
            select true from offender
            where upper(offender.noms_number) = waiting.noms_number and soft_deleted = 0 and training_session_id is null
            fetch first 1 rows only), false)) order by fact desc)
        from mpc_delius.waiting where ${isNumber}
      ), '[]') as waiting`;
}

function quarantinedOf({ isNumber, journal }: MessageQueries): string {
  return `
      coalesce((
        select json_agg(json_strip_nulls(json_build_object('inboxKey', inbox_key, 'fact', fact,
          'eventType', event_type, 'nomsNumber', noms_number, 'reason', reason, 'error', error,
          'firstSeen', first_seen, 'lastSeen', last_seen, 'state', state, 'since', changed_at, 'replays', replays,
          'sentAt', sent_at)) order by quarantine_id desc)
        from (
          select quarantine.*
          from (
            select quarantine_id from mpc_delius.quarantine
            where state in ('held', 'replaying') and ${isNumber}
            union
            select quarantine_id from (${journal}) found
            join mpc_delius.quarantine aside on aside.inbox_key = regexp_replace(found.inbox_key, '#[0-9]$', '')
          ) wanted
          join mpc_delius.quarantine using (quarantine_id)
          order by quarantine_id desc
          fetch first 100 rows only
        ) aside
      ), '[]') as quarantined`;
}

function marksOf({ journal }: MessageQueries): string {
  return `
      coalesce((
        select json_agg(json_build_object(
          'place', json_build_array((extract(epoch from decided_at) * 1000)::bigint, journal_id),
          'inboxKey', inbox_key, 'eventType', event_type, 'decidedAt', decided_at, 'dryRun', dry_run,
          'outcomeClass', outcome_class, 'changes', coalesce((
            select json_agg(change) from json_array_elements(changes) change
            where not dry_run and change ->> 'record' in ('POM', 'responsible officer', 'key date')
          ), '[]')) order by decided_at desc, journal_id desc)
        from (
          select mark.* from (${journal}) found join mpc_delius.journal mark using (journal_id)
          order by mark.decided_at desc, mark.journal_id desc
          fetch first 500 rows only
        ) mark
      ), '[]') as marks`;
}

function messagesOf({ journal, behind: [at, id], most }: MessageQueries): string {
  const isBehind = isBeyond({ compare: "<" }, [
    ["newest.decided_at", `coalesce(to_timestamp(${at}::bigint / 1000.0), 'infinity')`],
    ["newest.journal_id", `${id}::bigint`],
  ]);
  return `
      coalesce((
        select json_agg(page.message order by page.decided_at desc, page.journal_id desc)
        from (
          select newest.decided_at, newest.journal_id, json_build_object(
            'place', json_build_array((extract(epoch from newest.decided_at) * 1000)::bigint, newest.journal_id),
            'head', json_strip_nulls(json_build_object('inboxKey', newest.inbox_key, 'eventType', newest.event_type,
              'nomsNumber', newest.noms_number, 'crn', newest.crn, 'occurredAt', newest.occurred_at,
              'receivedAt', newest.received_at, 'decidedAt', newest.decided_at, 'dryRun', newest.dry_run,
              'deliveries', (select deliveries from mpc_delius.inbox where inbox.inbox_key = newest.inbox_key))),
            'decisions', (
              select json_agg(json_build_object('fact', each.fact, 'outcome', each.outcome,
                'outcomeClass', each.outcome_class, 'answer', each.answer, 'reasons', each.reasons,
                'changes', each.changes) order by each.journal_id)
              from mpc_delius.journal each where each.inbox_key = newest.inbox_key),
            'attempts', coalesce((
              select json_agg(json_build_object('failedAt', failed_at, 'receives', receives,
                'dependency', dependency, 'errorClass', error_class) order by attempt_id)
              from (
                select * from mpc_delius.attempt where attempt.inbox_key = newest.inbox_key
                order by attempt_id desc fetch first 20 rows only
              ) failed), '[]')) as message
          from (${journal}) found
          join mpc_delius.journal newest using (journal_id)
          where ${isBehind}
            and not exists (
              select 1 from mpc_delius.journal later
              where later.inbox_key = newest.inbox_key and later.journal_id > newest.journal_id)
          order by newest.decided_at desc, newest.journal_id desc
          fetch first ${most} rows only
        ) page
      ), '[]') as messages`;
}

/** How these columns are read. */
export const messagesRow = {
  waiting: z.array(waitingCaseSchema),
  quarantined: z.array(quarantinedSchema),
  marks: z.array(storedMarkSchema),
  messages: z.array(storedMessageSchema),
};

/** The values of a page: its place, and how many messages. */
export function placeOf({ before, most }: MessagePageRequest): [at: Instant | null, id: number, most: number] {
  return [...(before ?? [null, Number.MAX_SAFE_INTEGER]), most];
}
