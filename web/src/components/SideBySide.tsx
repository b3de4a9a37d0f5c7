/** Two documents side by side, unchanged stretches folded. */
import { useMemo, useState } from "react";
import { rows, type Row } from "./rows";

export function SideBySide({ before, after, titles }: { before: unknown; after: unknown; titles: [string, string] }) {
  const [isWhole, setWhole] = useState(false);
  const found = useMemo(() => rows(before, after, isWhole ? Number.MAX_SAFE_INTEGER : 4), [before, after, isWhole]);
  return (
    <table className="sm-diff" aria-label="Side-by-side difference">
      <colgroup>
        <col style={{ width: "3.2rem" }} />
        <col />
        <col style={{ width: "3.2rem" }} />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th colSpan={2}>{titles[0]}</th>
          <th colSpan={2}>{titles[1]}</th>
        </tr>
      </thead>
      <tbody>
        {found.map((row, index) => (
          <DiffRow key={index} row={row} unfold={() => setWhole(true)} />
        ))}
      </tbody>
    </table>
  );
}

function DiffRow({ row, unfold }: { row: Row; unfold: () => void }) {
  if (row.kind === "folded") {
    return (
      <tr className="sm-folded">
        <td colSpan={4}>
          <button type="button" className="sm-unfold" onClick={unfold}>
            {row.lines} unchanged {row.lines === 1 ? "line" : "lines"}: show all
          </button>
        </td>
      </tr>
    );
  }
  const isSame = row.kind === "same";
  const side = (cell: Row extends never ? never : { number: number; text: string } | null, word: string) => (
    <>
      <td className="sm-number">{cell?.number}</td>
      <td data-side={isSame ? undefined : cell ? word : "none"}>{cell?.text}</td>
    </>
  );
  return (
    <tr>
      {side(row.before, "removed")}
      {side(row.after, "added")}
    </tr>
  );
}
