import { Textarea, type TextareaProps } from "@mantine/core";

interface Props extends Omit<TextareaProps, "onChange"> {
  onText: (text: string) => void;
}

/** A field for JSON, YAML and the like, in the fixed-width face. */
export function CodeArea({ onText, ...rest }: Props) {
  return (
    <Textarea
      autosize
      maxRows={20}
      spellCheck={false}
      styles={{
        input: {
          fontFamily: "var(--mantine-font-family-monospace)",
          fontSize: "0.8125rem",
          lineHeight: 1.55,
        },
      }}
      onChange={(event) => onText(event.currentTarget.value)}
      {...rest}
    />
  );
}
