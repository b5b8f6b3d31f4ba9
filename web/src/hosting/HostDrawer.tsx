// A service that agents make on their devices: on which, from what, with what; then what came of it for each.

import { Drawer } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HostedMade, HostingAgent } from '../api/types';
import classes from '../people/People.module.css';
import { Waiting } from '../ui/Page';
import { useProjects } from '../ui/ProjectField';
import questionClasses from '../ui/Question.module.css';
import { HostForm } from './HostForm';
import { Made } from './Made';

interface HostDrawerProps {
  opened: boolean;
  onClose: () => void;
}

export function HostDrawer({ opened, onClose }: HostDrawerProps) {
  const { t } = useTranslation();
  const { mine, first, pending } = useProjects('manage_services');
  const [made, setMade] = useState<{ answer: HostedMade; agents: HostingAgent[] }>();

  function close() {
    onClose();
    setMade(undefined);
  }

  return (
    <Drawer
      opened={opened} onClose={close} position="right" size={720} title={t('host.title')} classNames={{ title: questionClasses.title }}
      // What was typed does not go with a click beside it.
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {pending ? (
        <Waiting rows={5} height={60} />
      ) : mine.length === 0 ? (
        <p className={classes.note}>{t('serviceForm.noProject')}</p>
      ) : made ? (
        <Made {...made} onAgain={() => setMade(undefined)} onClose={close} />
      ) : (
        <HostForm organisations={mine} first={first} onCancel={close} onDone={(answer, agents) => setMade({ answer, agents })} />
      )}
    </Drawer>
  );
}
