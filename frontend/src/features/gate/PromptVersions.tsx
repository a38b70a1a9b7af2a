import { Link } from "@tanstack/react-router";
import type { ShownPrompt, ShownVersion } from "@/api/types";
import { DataTable, type Column } from "@/components/ui/DataTable";
import { EmptyState } from "@/components/ui/EmptyState";
import { Panel } from "@/components/ui/Panel";
import { dateTime } from "@/lib/format";
import { versionText } from "./timeline";
import gate from "./gate.module.css";

/** Every version with the aliases that point at it and what became of its core suite. */
export function PromptVersions({ prompt }: { prompt: ShownPrompt }) {
  return (
    <Panel title="Versions" flush>
      {prompt.versions.length === 0 ? (
        <EmptyState title="No version is left">
          <p>All versions of this prompt were deleted.</p>
        </EmptyState>
      ) : (
        <DataTable
          caption={`Versions of ${prompt.prompt_name}`}
          columns={columns(prompt.prompt_name)}
          rows={[...prompt.versions].reverse()}
          rowKey={(version) => String(version.version)}
          minWidth={640}
        />
      )}
    </Panel>
  );
}

function columns(name: string): Column<ShownVersion>[] {
  return [
    {
      key: "version",
      header: "Version",
      cell: ({ version }) => (
        <Link
          to="/gate/prompts/$name"
          params={{ name }}
          search={{ from: version > 1 ? version - 1 : undefined, to: version }}
          resetScroll={false}
        >
          {versionText(version)}
        </Link>
      ),
    },
    {
      key: "aliases",
      header: "Aliases",
      cell: ({ aliases }) => (
        <span className={gate.aliases}>
          {aliases.map((alias) => (
            <span key={alias} className={gate.alias} data-alias={alias}>
              {alias}
            </span>
          ))}
        </span>
      ),
    },
    {
      key: "message",
      header: "Message",
      cell: ({ message }) => message || <span className="muted">–</span>,
    },
    { key: "created", header: "Registered", cell: (version) => dateTime(version.created_at) },
    { key: "suite", header: "Core suite", cell: (version) => <CoreSuite version={version} /> },
  ];
}

function CoreSuite({ version }: { version: ShownVersion }) {
  const mark = version.core_suite;
  if (mark === null) return <span className="muted">not run by itself</span>;
  if (mark.state === "skipped") return <span className="muted">skipped: {mark.why}</span>;
  if (mark.state === "pending" || mark.state === "running") {
    return <Link to="/gate/suites">{mark.state}</Link>;
  }
  return (
    <span title={mark.why || undefined}>
      {mark.state}
      {mark.run_ids.map((id, index) => (
        <span key={id}>
          {index === 0 ? ": " : ", "}
          <Link to="/gate/runs/$id" params={{ id }}>
            run {index + 1}
          </Link>
        </span>
      ))}
    </span>
  );
}
