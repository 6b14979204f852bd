import assert from "node:assert/strict";
import { test } from "node:test";

import { choiceIn, kindOf, reasonOf, step, type Asked } from "../src/answers.ts";

const ITEM = { kind: "candidate", category: "fence", change: "new" } as const;

function asked(over: Partial<Asked>): Asked {
  return { mode: "triage", choice: "new", item: ITEM, category: "fence", reason: "", nDrawn: 0, ...over };
}

test("new as suggested is a plain yes; new where something else was suggested says so", () => {
  assert.deepEqual(step(asked({})), { is: "said", said: { answer: "yes", category: "fence" } });
  const upgraded = { ...ITEM, change: "upgraded" } as const;
  assert.deepEqual(step(asked({ item: upgraded })), {
    is: "said",
    said: { answer: "yes", category: "fence", change: "new" },
  });
});

test("it was there before is a no with that reason, unless unchanged was suggested", () => {
  assert.deepEqual(step(asked({ choice: "existed" })), {
    is: "said",
    said: { answer: "no", category: "fence", reason: "existed_before" },
  });
  const unchanged = { ...ITEM, change: "unchanged" } as const;
  assert.deepEqual(step(asked({ choice: "existed", item: unchanged })), {
    is: "said",
    said: { answer: "yes", category: "fence" },
  });
});

test("a no waits for its reason and cannot tell does not", () => {
  assert.deepEqual(step(asked({ choice: "nothing" })), { is: "needs", what: "reason" });
  assert.deepEqual(step(asked({ choice: "nothing", reason: "crop" })), {
    is: "said",
    said: { answer: "no", reason: "crop" },
  });
  assert.deepEqual(step(asked({ choice: "cannot_tell" })), { is: "said", said: { answer: "cannot_tell" } });
});

test("a blind yes waits for the class and names the change", () => {
  const blind = { kind: "candidate", category: null, change: null } as const;
  assert.deepEqual(step(asked({ item: blind, category: null })), { is: "needs", what: "class" });
  assert.deepEqual(step(asked({ item: blind, category: "wall", choice: "removed" })), {
    is: "said",
    said: { answer: "yes", category: "wall", change: "removed" },
  });
});

test("in a frame nothing needs no reason, and a change needs a drawing", () => {
  const frame = { kind: "frame", category: null, change: null } as const;
  assert.deepEqual(step(asked({ item: frame, choice: "nothing" })), { is: "said", said: { answer: "no" } });
  assert.deepEqual(step(asked({ item: frame })), { is: "needs", what: "drawing" });
  assert.deepEqual(step(asked({ item: frame, nDrawn: 1 })), { is: "said", said: { answer: "yes" } });
  // "Nothing more" after something was drawn does not take the drawing back.
  assert.deepEqual(step(asked({ item: frame, choice: "nothing", nDrawn: 2 })), { is: "said", said: { answer: "yes" } });
});

test("a yes to all of a sampled stretch is never said in passing", () => {
  const item = { kind: "frame", category: null, change: null } as const;
  const frame = { item, mode: "sample", category: "fence" } as const;
  // A class that is left from an earlier drawing is not enough.
  assert.deepEqual(step(asked(frame)), { is: "needs", what: "stretch" });
  assert.deepEqual(step(asked({ ...frame, nDrawn: 1 })), { is: "said", said: { answer: "yes" } });
  assert.deepEqual(step(asked({ ...frame, isWhole: true })), {
    is: "said",
    said: { answer: "yes", category: "fence" },
  });
  assert.deepEqual(step(asked({ ...frame, mode: "sweep", isWhole: true })), { is: "needs", what: "drawing" });
});

test("what was extended or replaced has no key and is said all the same", () => {
  for (const choice of ["extended", "replaced"] as const) {
    assert.deepEqual(step(asked({ choice })), { is: "said", said: { answer: "yes", category: "fence", change: choice } });
    assert.equal(choiceIn({ answer: "yes", change: choice, reason: "" }, "new"), choice);
  }
});

test("keys name classes and reasons as the server numbers them", () => {
  const kinds = [{ key: "3", kind: "fence", label: "fence", is_line: true, colour: "" }] as const;
  assert.equal(kindOf("class_3", kinds), "fence");
  assert.equal(kindOf("class_4", kinds), null);
  assert.equal(reasonOf("reason_2", [{ key: "2", reason: "season" }]), "season");
  assert.equal(reasonOf("class_2", [{ key: "2", reason: "season" }]), "");
});

test("an answer that was given is shown as the button that gave it", () => {
  assert.equal(choiceIn({ answer: "yes", change: null, reason: "" }, "upgraded"), "upgraded");
  assert.equal(choiceIn({ answer: "no", change: null, reason: "existed_before" }, "new"), "existed");
  assert.equal(choiceIn({ answer: "no", change: null, reason: "crop" }, "new"), "nothing");
  assert.equal(choiceIn(null, "new"), null);
});
