/** What the diary says of a POM. */
export interface DiaryPom {
  readonly start: Date;
  readonly reason: string;
  readonly forename: string;
  readonly surname: string;
  readonly team: string;
  readonly provider: string;
}

const dateFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  day: "2-digit",
  month: "2-digit",
  year: "numeric",
});
const timeFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** The date in London, `yyyy-MM-dd`. */
export function londonDay(at: Date): string {
  return dateFormat.format(at).split("/").toReversed().join("-");
}

/** The notes of an allocation contact. */
export function allocationNotes(to: DiaryPom, from: DiaryPom | undefined): string {
  const lines = [`Transfer Reason: ${to.reason}`, `Transfer Date: ${dateFormat.format(to.start)}`];
  if (from === undefined) return lines.join("\n");
  return [
    ...lines,
    `From Establishment Provider: ${from.provider}`,
    `From Team: ${from.team}`,
    `From Officer: ${from.surname}, ${from.forename}`,
  ].join("\n");
}

/** The notes of a responsible officer contact. */
export function responsibleOfficerNotes(to: DiaryPom, from: DiaryPom, endedAt: Date): string {
  const previous = [`End Date: ${formatTime(endedAt)}`];
  return ["New Details:", ...tell(to, []), "", "Previous Details:", ...tell(from, previous)].join("\n");
}

function tell({ start, reason, forename, surname, team, provider }: DiaryPom, end: readonly string[]) {
  return [
    "Responsible Officer Type: Prison Offender Manager",
    `Responsible Officer: ${surname}, ${forename} (${team}, ${provider})`,
    `Start Date: ${formatTime(start)}`,
    ...end,
    `Allocation Reason: ${reason}`,
  ];
}

function formatTime(at: Date): string {
  return `${dateFormat.format(at)} ${timeFormat.format(at)}`;
}
