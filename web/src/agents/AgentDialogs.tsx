// Adopt, release, delete: one drawer and two questions for all pages, so that a list of many rows
// carries none of them.

import { createContext, useContext, useMemo, useState } from 'react';
import type { Agent } from '../api/types';
import { AdoptDrawer } from './AdoptDrawer';
import { DeleteDialog, ReleaseDialog } from './Confirm';

export type AgentAct = 'adopt' | 'release' | 'delete';

interface Chosen {
  act: AgentAct;
  agent: Agent;
}

const Ask = createContext<(act: AgentAct, agent: Agent) => void>(() => undefined);

/** Asks to do something with an agent. */
export const useAgentAct = () => useContext(Ask);

export function AgentDialogs({ children }: { children: React.ReactNode }) {
  const [chosen, setChosen] = useState<Chosen>();
  const [open, setOpen] = useState(false);
  const ask = useMemo(
    () => (act: AgentAct, agent: Agent) => {
      setChosen({ act, agent });
      setOpen(true);
    },
    [],
  );
  const close = () => setOpen(false);
  const opened = (act: AgentAct) => open && chosen?.act === act;

  return (
    <Ask value={ask}>
      {children}
      {chosen && (
        <>
          <AdoptDrawer key={`adopt ${chosen.agent.id}`} agent={chosen.agent} opened={opened('adopt')} onClose={close} />
          <ReleaseDialog key={`release ${chosen.agent.id}`} agent={chosen.agent} opened={opened('release')} onClose={close} />
          <DeleteDialog key={`delete ${chosen.agent.id}`} agent={chosen.agent} opened={opened('delete')} onClose={close} />
        </>
      )}
    </Ask>
  );
}
