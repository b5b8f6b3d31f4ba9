// The form of a service on a device. What is seldom needed is folded; it unfolds where something in it is wrong.

import { Button, Radio, Select, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_NAME_CHARS, lengthProblem, nameProblem } from '../access/rules';
import { hostServices } from '../api/calls';
import { hostingQuery } from '../api/queries';
import { MAX_HOSTED_AT_ONCE, MAX_PARTS, MAX_SERVICE_DESCRIPTION_CHARS, type HostedMade, type HostingAgent, type Organisation } from '../api/types';
import classes from '../people/People.module.css';
import { usualAuthentication } from '../services/fields';
import { KINDS, kindName, kindOf, usualPort } from '../services/kinds';
import { Coded } from '../ui/Coded';
import { keepFocus } from '../ui/form';
import { Problem } from '../ui/Problem';
import { useProblemWords } from '../ui/problem';
import { ProjectField } from '../ui/ProjectField';
import { AdvancedFields } from './AdvancedFields';
import { ChooseAgents } from './ChooseAgents';
import hostingClasses from './Hosting.module.css';
import { hindranceOf } from './agents';
import { MAX_HEALTHY_WITHIN_S, NO_HOST, hostProblems, hostRequest, isAdvanced, refusedField, type HostFields } from './fields';

/** What is wrong with a field, once it is to be said; and that it was left. */
export type Of = (field: string) => { error: string | undefined; onBlur: () => void };

/** For examples. */
const IMAGES: Record<string, string> = {
  neuron: 'emqx/neuron:2.6.3', nanomq: 'emqx/nanomq:0.25.3', ekuiper: 'lfedge/ekuiper:2.1.2', neuronex: 'emqx/neuronex:3.6.1', http: 'registry.example.com/flows:4.1',
};

/** Where the usual images look for keys; for examples. */
const FOLDERS: Record<string, string> = { neuron: '/opt/neuron/certs', nanomq: '/etc/nanomq/keys', ekuiper: '/kuiper/etc/mgmt', neuronex: '/opt/neuronex/etc', http: '/keys' };

/** Of each kind, what it usually wants to see; by tokens or not at all. */
const usual = (kind: string): HostFields['authentication'] => (usualAuthentication(kind) === 'token' ? 'token' : 'none');

/** Products that check tokens only where they are told to. */
const TOLD = ['nanomq', 'ekuiper'] as const;

interface HostFormProps {
  organisations: Organisation[];
  first: string | null;
  onCancel: () => void;
  onDone: (made: HostedMade, agents: HostingAgent[]) => void;
}

export function HostForm({ organisations, first, onCancel, onDone }: HostFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const problemWords = useProblemWords();
  const form = useRef<HTMLFormElement>(null);
  const buttons = useRef<HTMLDivElement>(null);
  const [project, setProject] = useState(first);
  const [fields, setFields] = useState(NO_HOST);
  const [tried, setTried] = useState(false);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [unfolded, unfold] = useState(false);
  const hosting = useQuery({ ...hostingQuery(project ?? ''), enabled: !!project });
  const agents = hosting.data ?? [];
  const focusWrong = () => void setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());

  const create = useMutation({
    mutationFn: () => hostServices(hostRequest(fields)),
    onSuccess: (made) => {
      for (const key of ['services', 'agents', 'overview', 'hosting']) void queryClient.invalidateQueries({ queryKey: [key] });
      onDone(made, agents);
    },
  });
  const refused = refusedField(create.error);
  useEffect(() => {
    if (!create.error) return;
    if (!refused) return buttons.current?.scrollIntoView({ block: 'nearest' });
    if (isAdvanced(refused)) unfold(true);
    focusWrong();
  }, [create.error, refused]);
  // The form comes a moment after its drawer, which has looked for what to focus by then.
  useEffect(() => form.current?.querySelector<HTMLElement>('input')?.focus(), []);

  const wrong = hostProblems(fields);
  const texts: Record<string, string | null | undefined> = {
    ...Object.fromEntries(Object.entries(wrong).map(([field, problem]) => [field, t(`host.wrong.${problem}`, { max: limitOf(problem) })])),
    project: project ? undefined : t('rule.filled'), name: nameProblem(t, fields.name), description: lengthProblem(t, fields.description, MAX_SERVICE_DESCRIPTION_CHARS),
  };
  const of: Of = (field) => ({
    error: ((tried || left.has(field)) && texts[field]) || (refused === field ? problemWords(create.error).message : undefined) || undefined,
    onBlur: () => setLeft((before) => new Set(before).add(field)),
  });

  function change(by: Partial<HostFields>) {
    setFields((before) => ({ ...before, ...by }));
    if (refused && refused in by) create.reset();
  }

  function chooseKind(kind: string | null) {
    if (!kind) return;
    // What was not chosen by hand follows the kind.
    change({ kind, ...(fields.authentication === usual(fields.kind) ? { authentication: usual(kind) } : {}) });
  }

  function chooseFrom(from: HostFields['from']) {
    const able = new Set(agents.filter((agent) => !hindranceOf(agent, from)).map((agent) => agent.agent_id));
    change({ from, agents: fields.agents.filter((id) => able.has(id)) });
  }

  function submit(event: React.FormEvent) {
    event.preventDefault();
    setTried(true);
    const bad = Object.keys(texts).filter((field) => texts[field]);
    if (bad.length === 0) return create.mutate();
    if (bad.some(isAdvanced)) unfold(true);
    focusWrong();
  }

  const plain = { autoComplete: 'off', autoCapitalize: 'off', spellCheck: false } as const;
  const text = (field: 'name' | 'image' | 'snap' | 'channel' | 'tags' | 'keyFolder') => ({ value: fields[field], onChange: (event: React.ChangeEvent<HTMLInputElement>) => change({ [field]: event.currentTarget.value }), ...of(field) });
  const [only] = agents.filter(({ agent_id }) => fields.agents.includes(agent_id));
  const many = fields.agents.length > 1;
  const told = TOLD.find((each) => each === kindOf(fields.kind));
  return (
    <form ref={form} className={classes.form} noValidate aria-busy={create.isPending} onSubmit={submit}>
      <p className={classes.note}>{t('host.lead')}</p>
      <ProjectField
        note={t('serviceForm.projectNote')} organisations={organisations} value={project} error={tried && texts.project}
        onChange={(next) => {
          setProject(next);
          change({ agents: [] });
        }}
      />
      <Select
        label={t('noun.kind')} allowDeselect={false} checkIconPosition="right" value={fields.kind} onChange={chooseKind}
        data={KINDS.map((value) => ({ value, label: value === 'http' ? t('services.anyHttp') : kindName(value) }))}
      />
      <fieldset className={classes.choices}>
        <legend>{t('host.from')}</legend>
        {(['image', 'snap'] as const).map((each) => (
          <Radio key={each} name="from" label={t(`host.of.${each}`)} description={t(`host.ofNote.${each}`)} checked={fields.from === each} onChange={() => chooseFrom(each)} />
        ))}
        {fields.from === 'image' ? (
          <TextInput label={t('host.image')} description={t('host.imageNote')} placeholder={IMAGES[fields.kind]} {...plain} classNames={{ input: 'ew-mono' }} {...text('image')} />
        ) : (
          <>
            <TextInput label={t('host.snap')} {...plain} classNames={{ input: 'ew-mono' }} {...text('snap')} />
            <TextInput label={t('host.channel')} description={t('host.channelNote')} placeholder="2.6/stable" {...plain} classNames={{ input: 'ew-mono' }} {...text('channel')} />
          </>
        )}
      </fieldset>
      <ChooseAgents project={project} hosting={hosting} from={fields.from} chosen={fields.agents} onChange={(next) => change({ agents: next })} error={of('agents').error} />
      <TextInput
        label={many ? t('host.prefix') : t('noun.name')} autoComplete="off" {...text('name')}
        description={many ? t('host.prefixNote', { name: only?.agent_name ?? '' }) : t('rule.name', { max: MAX_NAME_CHARS })}
      />
      <fieldset className={classes.choices}>
        <legend>{t('noun.authentication')}</legend>
        {(['token', 'none'] as const).map((each) => (
          <Radio
            key={each} name="authentication" label={t(`authentication.${each}`)} description={t(`host.authenticationNote.${each}`)}
            checked={fields.authentication === each} onChange={() => change({ authentication: each })}
          />
        ))}
        {fields.authentication === 'token' && (
          <TextInput
            label={t('host.keyFolder')} description={t(fields.from === 'image' ? 'host.keyFolderNote' : 'host.keyFolderNoteSnap')} placeholder={fields.from === 'image' ? FOLDERS[fields.kind] : undefined}
            {...plain} classNames={{ input: 'ew-mono' }} {...text('keyFolder')}
          />
        )}
        {fields.authentication === 'token' && told && <p className={classes.note}><Coded text={t(`host.told.${told}`)} /></p>}
      </fieldset>
      <TextInput label={t('services.tags')} description={t('serviceTags.note')} {...plain} {...text('tags')} />
      <Textarea
        label={t('noun.description')} rows={2} autosize={false} autoComplete="off" value={fields.description}
        onChange={(event) => change({ description: event.currentTarget.value })} {...of('description')}
      />
      <details className={hostingClasses.more} open={unfolded} onToggle={(event) => unfold(event.currentTarget.open)}>
        <summary>{t('host.advanced')}</summary>
        {unfolded && <AdvancedFields fields={fields} onChange={change} of={of} usualPort={usualPort(fields.kind)} />}
      </details>
      {create.isError && !refused && <Problem error={create.error} />}
      <div ref={buttons} className={classes.buttons} {...keepFocus}>
        <Button variant="default" onClick={onCancel}>{t('dialog.cancel')}</Button>
        <Button type="submit" loading={create.isPending}>{many ? t('host.createMany', { count: fields.agents.length }) : t('host.create')}</Button>
      </div>
    </form>
  );
}

/** The number in what is said of a problem. */
function limitOf(problem: string): number {
  if (problem === 'within') return MAX_HEALTHY_WITHIN_S;
  return problem === 'manyWords' ? MAX_PARTS : MAX_HOSTED_AT_ONCE;
}
