import { Select } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import type { ShownPrompt } from "@/api/types";
import { Panel } from "@/components/ui/Panel";
import { Segments } from "@/components/ui/Segments";
import { TextDiff } from "@/components/ui/TextDiff";
import { useState } from "react";
import { chosenVersions } from "./prompts";
import { versionText } from "./timeline";
import gate from "./gate.module.css";
import classes from "./PromptText.module.css";

const route = getRouteApi("/gate/prompts/$name");

/** The text of one version, and how it differs from another. */
export function PromptText({ prompt }: { prompt: ShownPrompt }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [layout, setLayout] = useState("one");
  const { from, to } = chosenVersions(prompt, search);
  if (to === undefined) return null;
  const choices = [...prompt.versions].reverse().map(({ version }) => ({
    value: String(version),
    label: versionText(version),
  }));
  const choose = (side: "from" | "to") => (value: string | null) =>
    void navigate({
      search: { ...search, [side]: value === null ? undefined : Number(value) },
      replace: true,
      resetScroll: false,
    });
  return (
    <Panel
      title={
        from ? `What changed from v${from.version} to v${to.version}` : `Text of v${to.version}`
      }
      actions={
        <div className={gate.tools}>
          <Select
            aria-label="From version"
            data={choices}
            value={from ? String(from.version) : null}
            placeholder="none"
            onChange={choose("from")}
            clearable
            size="xs"
            w={92}
          />
          <Select
            aria-label="To version"
            data={choices}
            value={String(to.version)}
            allowDeselect={false}
            onChange={choose("to")}
            size="xs"
            w={92}
          />
          {from && (
            <Segments
              label="Layout"
              value={layout}
              options={[
                { value: "one", label: "In one" },
                { value: "two", label: "Side by side" },
              ]}
              onChange={setLayout}
            />
          )}
        </div>
      }
    >
      {from && layout === "two" ? (
        <div className={classes.sides}>
          <section aria-label={`Version ${from.version}`}>
            <p className="muted">v{from.version}</p>
            <TextDiff from={from.text} to={to.text} side="from" />
          </section>
          <section aria-label={`Version ${to.version}`}>
            <p className="muted">v{to.version}</p>
            <TextDiff from={from.text} to={to.text} side="to" />
          </section>
        </div>
      ) : (
        <TextDiff from={from?.text ?? to.text} to={to.text} />
      )}
      {from?.text === to.text && <p className="muted">Both versions have the same text.</p>}
    </Panel>
  );
}
