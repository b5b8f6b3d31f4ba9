import classes from './TagList.module.css';

interface TagListProps {
  tags: string[];
  label: string;
  /** In a cell of a list. */
  small?: boolean;
}

/** Words that people gave to a thing. */
export function TagList({ tags, label, small = false }: TagListProps) {
  return (
    <ul className={classes.tags} data-small={small || undefined} aria-label={label}>
      {tags.map((tag) => <li key={tag} data-verbatim>{tag}</li>)}
    </ul>
  );
}
