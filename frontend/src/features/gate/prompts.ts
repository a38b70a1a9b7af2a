/** Which versions of a prompt are looked at; everything here is pure. */
import type { PromotionResult, ShownPrompt, ShownVersion } from "@/api/types";

export const FROM_ALIAS = "experiment";
export const TO_ALIAS = "production";

/** The version registered last. */
export function newestOf(prompt: ShownPrompt): ShownVersion | undefined {
  return prompt.versions.at(-1);
}

interface Chosen {
  from?: ShownVersion | undefined;
  to?: ShownVersion | undefined;
}

/** The versions that the address names; without, the newest and the one before it. */
export function chosenVersions(
  prompt: ShownPrompt,
  search: { from?: number | undefined; to?: number | undefined },
): Chosen {
  const find = (wanted: number | undefined) =>
    prompt.versions.find(({ version }) => version === wanted);
  const to = find(search.to) ?? newestOf(prompt);
  const before = prompt.versions.findLast(({ version }) => version < (to?.version ?? 0));
  const from = search.from === undefined && search.to !== undefined ? undefined : find(search.from);
  return { to, from: from ?? (search.to === undefined ? before : undefined) };
}

/** The version to promote that is most likely meant: what is tried out, else the newest. */
export function versionToPromote(prompt: ShownPrompt): number | undefined {
  return prompt.aliases[FROM_ALIAS] ?? newestOf(prompt)?.version;
}

/** The aliases a dialog offers, the usual one first. */
export function aliasesOf(prompt: ShownPrompt, usual: string): string[] {
  const known = Object.keys(prompt.aliases).filter((alias) => alias !== usual);
  return [usual, ...known.sort()];
}

/** What the dialog's button may do: nothing before the gate has answered. */
export function mayPromote(answer: PromotionResult | undefined, force: boolean): boolean {
  return (
    answer !== undefined && answer.from_version !== answer.version && (answer.allowed || force)
  );
}
