import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explanationExample, type Explanation } from "../../operations/explanation/explanation-schema.ts";
import { viewCase, type CasePageView } from "./case-page-view.ts";

const path = "/console/cases/X100001";
const now = Date.parse(explanationExample.at);
const pom = firstPom(explanationExample);

function firstPom({ poms: [first] }: Explanation): Explanation["poms"][number] {
  assert.ok(first);
  return first;
}

function view(changed: Partial<Explanation> = {}, isAsked = false): CasePageView {
  const { present, ...known } = { ...explanationExample, ...changed };
  return viewCase({ known, present: isAsked ? present : null, path, isLater: false, now });
}

function originOf(origin: Explanation["poms"][number]["origin"], changed: Partial<Explanation> = {}) {
  const { lanes } = view({ ...changed, poms: [{ ...pom, origin }] });
  return lanes[0]?.entries[0]?.origin;
}

describe("the page of a case in words", () => {
  it("says how the case stands now, and leaves what is over to the picture", () => {
    const ended = { ...pom, standing: "ended" as const, end: "2026-04-02T11:00:00Z" };
    const { standing, lanes } = view({ poms: [pom, ended] });
    assert.deepEqual(
      standing[0]?.entries.map(({ text }) => text),
      [
        "Now, from 2 April 2026 at 11:29: Ruth Adeyemi (N03A001), team Prison offender managers (N03POM), Leeds (HMP) (N03)",
      ],
    );
    assert.equal(lanes[0]?.entries.length, 2);
  });

  it("has a lane for each kind of entry, as the picture has, and its table all of them", () => {
    const { lanes, picture } = view();
    const shown = lanes.flatMap(({ title, entries }) =>
      entries.map(({ name, place }) => `${title}: ${name}; ${place}`),
    );
    assert.deepEqual(shown, [
      "Prison offender manager (POM): Ruth Adeyemi; Leeds (HMP)",
      "Community offender manager (COM): Dana Okafor; Community, Leeds (HMP)",
      "Responsible officer: Ruth Adeyemi; the POM, Leeds (HMP)",
      "Handover dates: Handover date, 2 January 2027; ",
      "Messages: 1 message changed Delius; ",
    ]);
    assert.deepEqual(
      picture?.lanes.map(({ title }) => title),
      lanes.map(({ title }) => title),
    );
  });

  it("draws an outside employee, of whom Delius holds neither officer nor team", () => {
    const { provider, start } = explanationExample.coms[0] ?? assert.fail();
    const responsible = { standing: "current", office: "COM", start, origin: pom.origin } as const;
    const { lanes } = view({ coms: [{ standing: "current", provider, start }], responsibleOfficers: [responsible] });
    assert.deepEqual(
      lanes.slice(1, 3).flatMap(({ entries }) => entries.map(({ name, place }) => `${name}; ${place}`)),
      ["Outside employee; Leeds (HMP)", "Outside employee; the COM, Leeds (HMP)"],
    );
  });

  it("leads from an officer to the message, on this page or on the one that begins with it", () => {
    const { origin } = pom;
    const href = { text: "Message of 2 April 2026 at 11:30", href: "#message-1" };
    assert.deepEqual(originOf(origin), href);
    const before = explanationExample.timeline[0]?.before;
    assert.deepEqual(originOf(origin, { messages: [] }), { ...href, href: `${path}?before=${before}#message-1` });
  });

  it("says what this service did not make, or made by a message that is forgotten", () => {
    const at = "2026-04-02T10:30:01.000Z";
    assert.deepEqual(originOf({ isService: false, user: "SomebodyElse", at }), {
      text: "Not made by this service, but by SomebodyElse on 2 April 2026 at 11:30",
      href: null,
    });
    assert.deepEqual(originOf({ isService: true, at }), {
      text: "Made by this service's Delius user on 2 April 2026 at 11:30; no message of it is kept",
      href: null,
    });
  });

  it("says what would happen only where it was asked, or why that is not known", () => {
    assert.equal(view().present, null);
    assert.deepEqual(
      view({}, true).present?.facts.map(({ consequence }) => consequence),
      ["Delius would be left as it is"],
    );
    const present = { result: "not known" as const, message: "Manage POM Cases cannot be asked at the moment" };
    assert.deepEqual(view({ present }, true).present, {
      facts: [],
      trouble: "Manage POM Cases cannot be asked at the moment.",
    });
  });

  it("leads to each case that shares the number", () => {
    const cases = ["X100004", "X100005"].map((crn) => ({ crn, isDeleted: false }));
    const { crn: _, ...bare } = explanationExample;
    const shown = viewCase({
      known: { ...bare, inDelius: "ambiguous", cases },
      present: null,
      path,
      isLater: false,
      now,
    });
    assert.match(shown.notice ?? "", /Several cases in Delius share this number/);
    assert.deepEqual(
      shown.cases.map(({ href }) => href),
      ["/console/cases/X100004", "/console/cases/X100005"],
    );
    assert.deepEqual(shown.standing, []);
  });

  it("draws nothing where nothing is known", () => {
    const nothing = { poms: [], coms: [], responsibleOfficers: [], custodies: [], timeline: [], messages: [] };
    const { picture, lanes, older } = view(nothing);
    assert.deepEqual([picture, lanes, older], [null, [], null]);
  });

  it("leads to older messages and back", () => {
    const { older } = view({ next: "place" });
    assert.equal(older, `${path}?before=place#messages`);
    const { present: _, ...known } = explanationExample;
    assert.equal(viewCase({ known, present: null, path, isLater: true, now }).newest, `${path}#messages`);
  });
});
