// What the device is wished to be, as JSON to edit. Where somebody else has written meanwhile both versions
// are shown, and nothing that was typed is lost: it outlives going elsewhere, until it is saved or discarded.

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Difference } from '../audit/Difference';
import { changeDesired, replaceDesired } from '../api/calls';
import { ApiError } from '../api/client';
import { twinQuery } from '../api/queries';
import type { JsonObject, TwinDocument } from '../api/types';
import { Ago } from '../ui/Ago';
import { JsonField, useJsonProblem } from '../ui/JsonField';
import { Problem } from '../ui/Problem';
import { useNotify } from '../ui/notify';
import { bytesOf, pretty, readJson } from '../ui/json';
import classes from './Devices.module.css';
import { merge, patchBetween, same } from './patch';

/** The largest document, in bytes. */
const MAX_BYTES = 256 * 1024;

interface Draft {
  text: string;
  /** What there was when editing began. */
  base: TwinDocument;
}

/** What is being typed, by device: kept for as long as the console is open. */
const drafts = new Map<string, Draft>();

export const hasDraft = (device: string) => drafts.has(device);

interface DesiredEditorProps {
  device: string;
  desired: TwinDocument;
  onClose: () => void;
}

export function DesiredEditor({ device, desired, onClose }: DesiredEditorProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { say } = useNotify();
  const [draft, setDraft] = useState<Draft>(() => drafts.get(device) ?? { text: pretty(desired.value), base: desired });
  const { text, base } = draft;
  const broken = useJsonProblem()(text);
  const typed = broken ? undefined : readJson(text);
  const mine = typed && 'value' in typed ? (typed.value as JsonObject) : undefined;
  const changed = mine && patchBetween(base.value, mine);
  const large = mine && bytesOf(JSON.stringify(mine)) > MAX_BYTES;
  const behind = desired.version > base.version && !(mine && same(mine, desired.value));

  function keep(next: Draft) {
    drafts.set(device, next);
    setDraft(next);
    save.reset();
    apply.reset();
  }
  function done() {
    drafts.delete(device);
    onClose();
  }

  const save = useMutation({
    mutationFn: ({ content, version }: { content: JsonObject; version: number }) => replaceDesired(device, content, version),
    ...outcome(),
  });
  const apply = useMutation({
    mutationFn: ({ patch, version }: { patch: JsonObject; version: number }) => changeDesired(device, patch, version),
    ...outcome(),
  });
  function outcome() {
    return {
      onSuccess: (twin: Parameters<typeof queryClient.setQueryData>[1]) => {
        queryClient.setQueryData(twinQuery(device).queryKey, twin as never);
        say(t('twin.saved'));
        done();
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: ['twins'] }),
    };
  }
  // A conflict is told by the newer version, once that is here.
  const failed = [save.error, apply.error].find((error) => error && !(behind && error instanceof ApiError && error.code === 'version_conflict'));
  const pending = save.isPending || apply.isPending;

  function submit(event: React.FormEvent) {
    event.preventDefault();
    if (!mine || large || behind) return;
    if (!changed) return done();
    save.mutate({ content: mine, version: base.version });
  }

  return (
    <form className={classes.editor} noValidate onSubmit={submit}>
      <JsonField
        label={t('twin.desiredField')} description={t('twin.desiredNote')} rows={16} value={text}
        onChange={(next) => keep({ text: next, base })} error={large ? t('twin.large') : undefined}
      />
      {behind && (
        <section className={classes.conflict} role="alert" aria-label={t('twin.conflict', { version: desired.version })}>
          <p><IconAlertTriangle size={17} aria-hidden /><span><strong>{t('twin.conflict', { version: desired.version })}</strong> {desired.at && <Ago at={desired.at} />}</span></p>
          <p>{t('twin.conflictBody', { version: base.version })}</p>
          {mine && (
            <>
              <h3>{t('twin.theirsToMine', { version: desired.version })}</h3>
              <Difference before={desired.value} after={mine} />
              <h3>{t('twin.theirChanges', { before: base.version, version: desired.version })}</h3>
              <Difference before={base.value} after={desired.value} />
            </>
          )}
          <div className={classes.editorButtons}>
            <Button size="compact-md" loading={apply.isPending} disabled={!changed || pending} onClick={() => changed && apply.mutate({ patch: changed, version: desired.version })}>{t('twin.applyMine')}</Button>
            <Button size="compact-md" variant="default" disabled={!mine || pending} onClick={() => mine && keep({ text: pretty(merge(desired.value, changed ?? {})), base: desired })}>{t('twin.mergeFirst')}</Button>
            <Button size="compact-md" variant="default" color="red" loading={save.isPending} disabled={!mine || pending} onClick={() => mine && save.mutate({ content: mine, version: desired.version })}>{t('twin.overwrite', { version: desired.version })}</Button>
            <Button size="compact-md" variant="default" disabled={pending} onClick={() => keep({ text: pretty(desired.value), base: desired })}>{t('twin.takeTheirs')}</Button>
          </div>
        </section>
      )}
      {!behind && changed && (
        <section aria-label={t('twin.whatChanges')}>
          <h3>{t('twin.whatChanges')}</h3>
          <Difference before={base.value} after={mine} />
        </section>
      )}
      {!!failed && <Problem error={failed} />}
      <div className={classes.editorButtons}>
        <Button type="submit" loading={save.isPending} disabled={behind || !mine || large || pending}>{t('twin.save')}</Button>
        <Button variant="subtle" color="gray" onClick={done}>{changed || broken ? t('twin.discard') : t('dialog.cancel')}</Button>
        <span role="status" className="ew-muted">{broken ? t('twin.notJson') : changed ? t('twin.unsaved') : t('twin.unchanged')}</span>
      </div>
    </form>
  );
}
