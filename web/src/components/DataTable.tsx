/** The one table: columns as data, pages fetched by cursor. */
import { Button, Group, Table } from "@mantine/core";
import type { UseInfiniteQueryResult, InfiniteData } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Empty, Pending } from "./Parts";

/** `hiddenTitle` is for those who hear the table: a column of buttons needs no heading for those who see it. */
export type Column<T> = { title?: ReactNode; hiddenTitle?: string; cell: (row: T) => ReactNode; width?: string };

type Page<T> = { items: T[]; next?: string | null };

export function DataTable<T extends { id: number | string }>({ columns, rows, empty, label }: { columns: Column<T>[]; rows: T[]; empty: ReactNode; label: string }) {
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  return (
    <div className="sm-table-frame" role="region" aria-label={`${label}, table`} tabIndex={0}>
      <Table verticalSpacing="xs" highlightOnHover aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column, index) => (
              <Table.Th key={index} w={column.width}>
                {column.title ?? <span className="sm-hidden">{column.hiddenTitle}</span>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              {columns.map((column, index) => (
                <Table.Td key={index}>{column.cell(row)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

export function PagedTable<T extends { id: number | string }>({ query, ...table }: { query: UseInfiniteQueryResult<InfiniteData<Page<T>>>; columns: Column<T>[]; empty: ReactNode; label: string }) {
  if (!query.data) return <Pending query={query} />;
  const rows = query.data.pages.flatMap((page) => page.items);
  return (
    <>
      <DataTable rows={rows} {...table} />
      <Group mt="sm">
        {query.hasNextPage && (
          <Button variant="default" size="xs" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        )}
        {rows.length > 0 && <span className="sm-dim">{rows.length} shown{query.hasNextPage ? "" : ", that is all"}</span>}
      </Group>
    </>
  );
}
