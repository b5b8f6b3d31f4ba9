/** The mark: an edge, and what leaves it towards the centre. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3d55d6" />
      <path d="M8 9.5h9.5M8 16h6M8 22.5h9.5" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <path d="M19.5 9.5a6.5 6.5 0 0 1 0 13" fill="none" stroke="#b9c4ff" strokeWidth="3" strokeLinecap="round" />
      <circle cx="20" cy="16" r="2.6" fill="#fff" />
    </svg>
  );
}
