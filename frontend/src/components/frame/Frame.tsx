import { useClickOutside } from "@mantine/hooks";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { MenuIcon, PlusIcon } from "@/components/ui/icons";
import { Mark } from "./Mark";
import { ReachBanner } from "./ReachBanner";
import { SchemeToggle } from "./SchemeToggle";
import classes from "./Frame.module.css";

const PLACES = [
  { to: "/runs", label: "Runs" },
  { to: "/sessions", label: "Sessions" },
  { to: "/tasks", label: "Tasks" },
  { to: "/datasets", label: "Datasets" },
  { to: "/reviews", label: "Reviews" },
  { to: "/evaluators", label: "Evaluators" },
  { to: "/gate", label: "Gate" },
] as const;

/** What every page shares: skip link, navigation, banner, main landmark. */
export function Frame() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useFocusOnNavigation(path);
  return (
    <>
      <a href="#main" className={classes.skip}>
        Skip to content
      </a>
      <header className={classes.bar}>
        <div className={classes.inner}>
          <Link to="/runs" className={classes.brand} aria-label="Assay, to the runs">
            <Mark />
            Assay
          </Link>
          <Places path={path} />
          <div className={classes.end}>
            <Link to="/evaluations/new" className={classes.start}>
              <PlusIcon />
              <span>
                New <span className={classes.longer}>evaluation</span>
              </span>
            </Link>
            <SchemeToggle />
          </div>
        </div>
      </header>
      <ReachBanner />
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
    </>
  );
}

/** The way to every part; on a narrow screen it unfolds from a button. */
function Places({ path }: { path: string }) {
  const [openAt, setOpenAt] = useState<string | null>(null);
  const opened = openAt === path;
  const close = () => setOpenAt(null);
  const place = useClickOutside<HTMLDivElement>(close);
  const button = useRef<HTMLButtonElement>(null);
  const here = PLACES.find(({ to }) => isIn(path, to));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !opened) return;
    close();
    button.current?.focus();
  };
  return (
    <div ref={place} className={classes.places} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className={classes.unfold}
        aria-expanded={opened}
        aria-controls="places"
        onClick={() => setOpenAt(opened ? null : path)}
      >
        <MenuIcon />
        {here?.label ?? "Menu"}
      </button>
      <nav id="places" className={classes.nav} data-opened={opened} aria-label="Main">
        {PLACES.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            className={classes.place}
            data-active={isIn(path, to)}
            onClick={close}
          >
            {label}
          </Link>
        ))}
      </nav>
    </div>
  );
}

/** Evaluations are among the runs, though their addresses begin otherwise. */
function isIn(path: string, place: string): boolean {
  if (path.startsWith("/evaluations/") && path !== "/evaluations/new") return place === "/runs";
  return path === place || path.startsWith(`${place}/`);
}

/** Moves focus to the page's main part after a navigation, as a full load would. */
function useFocusOnNavigation(path: string) {
  const main = useRef<HTMLElement>(null);
  const previous = useRef(path);
  useEffect(() => {
    if (previous.current !== path) main.current?.focus({ preventScroll: true });
    previous.current = path;
  }, [path]);
  return main;
}
