/** The design system's values for Mantine: verdigris on cool paper, gold for the leader. */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const verdigris: MantineColorsTuple = [
  "#e6f4f1",
  "#cfe8e3",
  "#a2d5cb",
  "#71c0b2",
  "#45a999",
  "#238f80",
  "#0f776b",
  "#0b655b",
  "#09534b",
  "#06413b",
];

const rust: MantineColorsTuple = [
  "#fcece6",
  "#f7d8cd",
  "#eeb39f",
  "#e38b6e",
  "#d76a47",
  "#c8532d",
  "#b04320",
  "#94381b",
  "#782d16",
  "#5c2210",
];

const slate: MantineColorsTuple = [
  "#dfe7e4",
  "#b9c5c1",
  "#98a6a1",
  "#74837e",
  "#43504c",
  "#303b38",
  "#232d2a",
  "#19211f",
  "#121917",
  "#0c1110",
];

const sans =
  '"IBM Plex Sans Variable", "Segoe UI", system-ui, -apple-system, "Helvetica Neue", sans-serif';
const mono = '"IBM Plex Mono", ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace';

export const theme = createTheme({
  colors: { verdigris, rust, dark: slate },
  primaryColor: "verdigris",
  primaryShade: { light: 6, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.34,
  white: "#ffffff",
  black: "#14201d",
  fontFamily: sans,
  fontFamilyMonospace: mono,
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.35" },
  headings: { fontFamily: sans, fontWeight: "600" },
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "10px", xl: "14px" },
  defaultRadius: "sm",
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  components: {
    Button: {
      defaultProps: { size: "sm" },
      // White on the lighter colours of the dark theme is too faint.
      vars: (_theme: unknown, { variant }: { variant?: string }) => ({
        root: variant === undefined ? { "--button-color": "var(--surface)" } : {},
      }),
    },
    TextInput: { defaultProps: { size: "sm" } },
    Select: { defaultProps: { size: "sm", checkIconPosition: "right" } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 150, multiline: true } },
    Menu: { defaultProps: { shadow: "md" } },
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
});
