import { findHelp } from "../../operations/quarantine/quarantine-reason.ts";

/** What a reason of quarantine means and what repairs it, in the runbook's words. */
export function viewHelp(reason: string): { readonly meaning: string; readonly repair: string } {
  const help = findHelp(reason);
  if (help === null) return { meaning: "This version does not know the reason.", repair: "Look at the messages." };
  return { meaning: toSentence(help.meaning), repair: toSentence(help.remedy) };
}

/** The runbook marks code; a page shows it plainly. */
function toSentence(text: string): string {
  return `${text.replaceAll("`", "")}.`;
}
