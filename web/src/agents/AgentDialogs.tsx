// Adopt, transfer, release, delete: one drawer and a few questions for all pages, so that a list of many
// rows carries none of them. Many at once, and a transfer, are prepared before they are done.

import { createContext, useContext, useMemo, useState } from 'react';
import type { Agent } from '../api/types';
import { AdoptDrawer } from './AdoptDrawer';
import { BatchDialog } from './batch/BatchDialog';
import { DeleteDialog, ReleaseDialog } from './Confirm';
import type { AgentAct } from './may';

interface Chosen {
  act: AgentAct;
  agent: Agent;
}

interface Batch {
  act: AgentAct;
  agents: Agent[];
  onDone?: () => void;
  /** A dialog of its own for each time one asks. */
  turn: number;
}

interface Asking {
  one: (act: AgentAct, agent: Agent) => void;
  many: (act: AgentAct, agents: Agent[], onDone?: () => void) => void;
}

const Ask = createContext<Asking>({ one: () => undefined, many: () => undefined });

/** Asks to do something with an agent. */
export const useAgentAct = () => useContext(Ask).one;

/** Asks to do something with many; `onDone` when the dialog is closed and something was done. */
export const useAgentBatch = () => useContext(Ask).many;

export function AgentDialogs({ children }: { children: React.ReactNode }) {
  const [chosen, setChosen] = useState<Chosen>();
  const [open, setOpen] = useState(false);
  const [batch, setBatch] = useState<Batch>();
  const [batchOpen, setBatchOpen] = useState(false);
  const asking = useMemo((): Asking => {
    const many: Asking['many'] = (act, agents, onDone) => {
      setBatch((before) => ({ act, agents, onDone, turn: (before?.turn ?? 0) + 1 }));
      setBatchOpen(true);
    };
    return {
      many,
      one: (act, agent) => {
        if (act === 'transfer') return many(act, [agent]);
        setChosen({ act, agent });
        setOpen(true);
      },
    };
  }, []);
  const close = () => setOpen(false);
  const opened = (act: AgentAct) => open && chosen?.act === act;

  return (
    <Ask value={asking}>
      {children}
      {chosen && (
        <>
          <AdoptDrawer key={`adopt ${chosen.agent.id}`} agent={chosen.agent} opened={opened('adopt')} onClose={close} />
          <ReleaseDialog key={`release ${chosen.agent.id}`} agent={chosen.agent} opened={opened('release')} onClose={close} />
          <DeleteDialog key={`delete ${chosen.agent.id}`} agent={chosen.agent} opened={opened('delete')} onClose={close} />
        </>
      )}
      {batch && (
        <BatchDialog
          key={batch.turn} act={batch.act} agents={batch.agents} opened={batchOpen}
          onClose={(done) => {
            setBatchOpen(false);
            if (done) batch.onDone?.();
          }}
        />
      )}
    </Ask>
  );
}
