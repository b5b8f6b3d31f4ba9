// Changing a service: all of one that is reached directly; name and authentication of one behind an agent, or made by one.

import { Drawer } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeService } from '../api/calls';
import type { Service } from '../api/types';
import classes from '../people/People.module.css';
import { useNotify } from '../ui/notify';
import questionClasses from '../ui/Question.module.css';
import { ServiceForm } from './ServiceForm';
import { changeOf } from './fields';

interface EditDrawerProps {
  service: Service;
  opened: boolean;
  onClose: () => void;
}

export function EditDrawer({ service, opened, onClose }: EditDrawerProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened} onClose={onClose} position="right" size={560} title={t('serviceForm.editTitle', { name: service.name })}
      classNames={{ title: questionClasses.title }} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      <div className={classes.form}>
        {service.way === 'agent' && <p className={classes.note}>{t('serviceForm.ofAgent', { name: service.agent_name })}</p>}
        {service.way === 'hosted' && <p className={classes.note}>{t('hostedAdvice.edit', { name: service.agent_name })}</p>}
        <Editing service={service} onClose={onClose} />
      </div>
    </Drawer>
  );
}

function Editing({ service, onClose }: Omit<EditDrawerProps, 'opened'>) {
  const { t } = useTranslation();
  const { say } = useNotify();
  // As it was when the form was opened: what others change meanwhile is not changed back.
  const [before] = useState(service);
  return (
    <ServiceForm
      service={before} onCancel={onClose}
      send={async (fields, unproven) => {
        const change = changeOf(before, fields);
        return change && (await changeService(before.id, { ...change, ...(unproven ? { unproven } : {}) }));
      }}
      onDone={(changed) => {
        if (changed) say(t('serviceForm.saved', { name: changed.name }));
        onClose();
      }}
    />
  );
}
