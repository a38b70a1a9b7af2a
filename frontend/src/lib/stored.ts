/** What a person has chosen on this device, kept from one visit to the next. */
import { useLocalStorage } from "@mantine/hooks";

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** The names chosen for a place of the page; null until something was chosen. */
export function useStoredNames(key: string) {
  const [stored, setStored] = useLocalStorage<string[] | null>({
    key: `assay.${key}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  const names: string[] | null = isTexts(stored) ? stored : null;
  return [names, setStored] as const;
}

/** A text chosen on this device; empty until there is one. */
export function useStoredText(key: string) {
  const [stored, setStored] = useLocalStorage({
    key: `assay.${key}`,
    defaultValue: "",
    getInitialValueInEffect: false,
  });
  return [typeof stored === "string" ? stored : "", setStored] as const;
}
