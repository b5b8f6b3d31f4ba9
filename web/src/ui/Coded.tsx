/** A text in which what stands between backticks is shown as code: names of files, folders and settings. */
export function Coded({ text }: { text: string }) {
  return <>{text.split('`').map((each, index) => (index % 2 === 1 ? <code key={index} className="ew-code">{each}</code> : each))}</>;
}
