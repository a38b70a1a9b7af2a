import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { libraryQueries } from "@/api/queries/library";
import type { ModelView } from "@/api/types";
import { count, money } from "@/lib/format";
import { isModelSpec } from "./draft";
import classes from "./StartPage.module.css";

interface Props {
  value: string[];
  toggle: (spec: string) => void;
}

const SHOWN = 8;

/** Adds a live model: typed as ``provider:model`` or found in the catalogue. */
export function LiveModels({ value, toggle }: Props) {
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), 250);
  const found = useQuery({ ...libraryQueries.models(search), enabled: search.length > 1 });
  const ready = isModelSpec(text.trim());
  const add = () => {
    if (!value.includes(text.trim())) toggle(text.trim());
    setText("");
  };
  const matches = search.length > 1 ? (found.data?.items ?? []).slice(0, SHOWN) : [];
  return (
    <fieldset className={classes.group}>
      <legend>Live models</legend>
      <div className={classes.row}>
        <TextInput
          aria-label="Model as provider:model"
          className={classes.grow}
          placeholder="provider:model, or part of a name"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            if (ready) add();
          }}
        />
        <Button variant="default" disabled={!ready} onClick={add}>
          Add
        </Button>
      </div>
      {matches.length > 0 && (
        <ul className={classes.matches} aria-label="Models found">
          {matches.map((model) => (
            <Match
              key={model.spec}
              model={model}
              added={value.includes(model.spec)}
              toggle={toggle}
            />
          ))}
        </ul>
      )}
      {search.length > 1 && found.data?.items.length === 0 && (
        <p className={classes.note}>
          Nothing in the catalogue; any provider:model can still be added.
        </p>
      )}
    </fieldset>
  );
}

interface MatchProps {
  model: ModelView;
  added: boolean;
  toggle: (spec: string) => void;
}

function Match({ model, added, toggle }: MatchProps) {
  return (
    <li>
      <span>{model.spec}</span>
      <span className={classes.price}>
        {model.context_length !== null && `${count(model.context_length)} tokens · `}
        {money(model.input_usd_per_million)} in, {money(model.output_usd_per_million)} out per
        million
      </span>
      <Button variant="subtle" size="compact-xs" onClick={() => toggle(model.spec)}>
        {added ? "Remove" : "Add"}
      </Button>
    </li>
  );
}
