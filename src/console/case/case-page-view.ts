import { describeCase, type Section } from "../../operations/explanation/case-view.ts";
import type { KnownCase, Present } from "../../operations/explanation/explanation-schema.ts";
import { describePresent, type FactView, type MessageView } from "../../operations/explanation/message-words.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { pageTimes } from "../web/display.ts";
import { listLanes, type FindMessage, type Lane } from "./history.ts";
import { drawPicture, type Picture } from "./picture.ts";
import { caseAddress } from "../web/navigation.ts";

/** What is shown of a case. */
export interface CasePage {
  readonly known: KnownCase;
  /** What would happen now; null where no one asked. */
  readonly present: Present | null;
  readonly path: string;
  /** Whether the messages are not the newest. */
  readonly isLater: boolean;
  readonly now: Instant;
}

/** The page of a case, in words and shapes. */
export interface CasePageView {
  readonly name: string;
  readonly notice: string | null;
  /** The cases that share the number, each with a page of its own. */
  readonly cases: readonly { readonly text: string; readonly href: string }[];
  readonly standing: readonly Section[];
  readonly waiting: Section;
  readonly quarantined: Section;
  readonly picture: Picture | null;
  readonly lanes: readonly Lane[];
  /** Facts, or why they are not known; null where no one asked. */
  readonly present: { readonly facts: readonly FactView[]; readonly trouble: string | null } | null;
  readonly messages: readonly (MessageView & { readonly id: string })[];
  readonly path: string;
  readonly newest: string | null;
  readonly older: string | null;
}

/** Puts a case into the words and shapes of its page. */
export function viewCase({ known, present, path, isLater, now }: CasePage): CasePageView {
  const { name, notice, standing, waiting, quarantined, messages } = describeCase(known, pageTimes);
  const lanes = listLanes(known, findMessageIn(known, path));
  const others = known.cases?.filter(({ crn }) => crn !== known.crn) ?? [];
  return {
    name,
    notice,
    cases: others.map(({ crn }) => ({ text: `Case ${crn}`, href: caseAddress(crn) })),
    standing: standing.map(leavePast),
    waiting,
    quarantined,
    picture: drawPicture(lanes, now),
    lanes,
    present: present === null ? null : viewPresent(present),
    messages: messages.map((message, index) => ({ ...message, id: idOf(index) })),
    path,
    newest: isLater ? `${path}#messages` : null,
    older: known.next === undefined ? null : `${path}?before=${known.next}#messages`,
  };
}

/** What is over is in the picture. */
function leavePast({ title, entries }: Section): Section {
  return { title, entries: entries.filter(({ isPast = false }) => !isPast) };
}

function viewPresent(present: Present): NonNullable<CasePageView["present"]> {
  const facts = describePresent(present, pageTimes);
  return typeof facts === "string" ? { facts: [], trouble: facts } : { facts, trouble: null };
}

function idOf(index: number): string {
  return `message-${index + 1}`;
}

/** A message of this page is a jump away; an older one begins a page of its own. */
function findMessageIn({ messages, timeline }: KnownCase, path: string): FindMessage {
  const here = new Map(messages.map(({ inboxKey }, index) => [inboxKey, `#${idOf(index)}`]));
  const elsewhere = new Map(timeline.map(({ inboxKey, before }) => [inboxKey, `${path}?before=${before}#${idOf(0)}`]));
  return (inboxKey) => here.get(inboxKey) ?? elsewhere.get(inboxKey) ?? null;
}
