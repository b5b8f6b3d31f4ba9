// Adding a service that the control plane reaches by itself. It ends on the service's page.

import { Drawer } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { addService } from '../api/calls';
import classes from '../people/People.module.css';
import { useNotify } from '../ui/notify';
import { Waiting } from '../ui/Page';
import { useProjects } from '../ui/ProjectField';
import questionClasses from '../ui/Question.module.css';
import { ServiceForm } from './ServiceForm';
import { requestOf } from './fields';

interface AddDrawerProps {
  opened: boolean;
  onClose: () => void;
}

export function AddDrawer({ opened, onClose }: AddDrawerProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { say } = useNotify();
  const { mine, first, pending } = useProjects('manage_services');
  return (
    <Drawer
      opened={opened} onClose={onClose} position="right" size={560} title={t('serviceForm.title')} classNames={{ title: questionClasses.title }}
      // What was typed does not go with a click beside it.
      closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('dialog.close') }}
    >
      {pending ? (
        <Waiting rows={5} height={60} />
      ) : mine.length === 0 ? (
        <p className={classes.note}>{t('serviceForm.noProject')}</p>
      ) : (
        <div className={classes.form}>
          <p className={classes.note}>{t('serviceForm.lead')}</p>
          <ServiceForm
            organisations={mine} first={first} onCancel={onClose}
            send={(fields, unproven) => addService({ ...requestOf(fields), ...(unproven ? { unproven } : {}) })}
            onDone={(made) => {
              if (!made) return;
              say(t('serviceForm.added', { name: made.name }));
              void navigate({ to: '/services/$id', params: { id: made.id } });
            }}
          />
        </div>
      )}
    </Drawer>
  );
}
