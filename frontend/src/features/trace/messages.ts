/** Chat messages, which clients wrap in many ways. */
import { entriesOf, plainText } from "@/lib/values";

export interface Message {
  role: string;
  text: string;
}

/** The text of a message's content, whose parts may be objects with a text of their own. */
function contentText(content: unknown): string {
  if (!Array.isArray(content)) return plainText(content);
  return content
    .map((part: unknown) => {
      const fields = Object.fromEntries(entriesOf(part) ?? []);
      return typeof fields.text === "string" ? fields.text : plainText(part);
    })
    .join("\n");
}

/** The messages of a list whose every member has a role; null for anything else. */
export function messagesOf(value: unknown): Message[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const found: Message[] = [];
  for (const each of value as unknown[]) {
    const whole = Object.fromEntries(entriesOf(each) ?? []);
    const fields = Object.fromEntries(entriesOf(whole.message) ?? Object.entries(whole));
    if (typeof fields.role !== "string") return null;
    const { role, content, ...rest } = fields;
    const text = content === undefined || content === null ? plainText(rest) : contentText(content);
    found.push({ role, text });
  }
  return found;
}
