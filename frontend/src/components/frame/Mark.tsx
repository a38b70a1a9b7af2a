/** The product's mark: a balance beam whose crossbar is gold. */
export function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0d5c55" />
      <path
        d="M8 24 16 7l8 17"
        fill="none"
        stroke="#fff"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M11.6 18.5h8.8" stroke="#e2b551" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
