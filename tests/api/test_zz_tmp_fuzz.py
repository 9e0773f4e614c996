import random, json
from tests.api.drawn import *
from tests.api.oneoffs import one_off, to

VALUES=[None,"",0,1,-1,True,False,"x",[],{}, [None],[1],["a"],[[]],[{}],{"a":1},{"id":1},{"users":None},{"users":"1,2"},{"users":[{"id":"x"}]},{"add":{},"users":[]},"2030-01-01","9999-12-31","0001-01-01","2030-01-01T25:00:00Z","f"*32,1e308,2**63,-2**70,"\ud7ff","a"*700,{"groups":["f"*32]},{"guests":[{"email":"a@b.cd"}]},{"guests":["a@b.cd,,"]},[{"label":"x","field_type":"text","required":True,"options":5}],[{"id":"f"*32}],[{"label":"x","field_type":"radio","required":1,"options":[{"id":-5,"text":"a"},{"id":1e20,"text":"b"}],"position":9999}],"after:zzz","begin",{"after":5},1.5,"1.5","{{x}}","{{","}}<a href={{x}}>"]
KEYS=["title","name","summary","deadline","Deadline","started_at","owners","taskdata","status","task_type","position","max_assignable","webhook","top_secret","everyone_must_complete","can_complete_only_assignees","send_chromeless","stage_id","tags","folders","custom_fields","form_fields","completed_at","is_approved","run_id","linked_step_id","checklist_id","step_id","separate_task_for_each_assignee","id","value","form_value","task_id","comment","override_user","after","reverse_rules"]
def test_fuzz(database, ada, stan):
    rnd=random.Random(7)
    template=draw(database,ada,step("A",asks("Name"),asks("P","assignees_form"),asks("T","table")),step("B {{date}}"),kickoff=[asks("K")])
    process=launched(ada,template)
    tasks=list(tasks_by_title(ada,process).values())
    lone=one_off(ada,form_fields=[{"label":"Q","field_type":"number","required":False}])
    key=template.fields["Name"]
    bad=[]
    for n in range(2500):
        t=rnd.choice([*tasks,lone])["id"]
        path=rnd.choice([("POST","/tasks"),("PUT",f"/tasks/{t}"),("PATCH",f"/runs/{process['id']}/tasks/{t}"),("POST",f"/tasks/{t}/captures"),("PUT","/form-field/value"),("POST","/completed-tasks"),("DELETE",f"/completed-tasks/{t}"),("PUT",f"/tasks/{t}/link"),("DELETE",f"/tasks/{t}/link"),("PUT",f"/tasks/{t}/move"),("POST",f"/tasks/{t}/hide"),("POST",f"/tasks/{t}/show"),("POST",f"/tasks/{t}/restart"),("POST",f"/tasks/{t}/assign-me"),("POST",f"/tasks/{t}/approve"),("POST",f"/tasks/{t}/clone")])
        body={k:rnd.choice(VALUES) for k in rnd.sample(KEYS,rnd.randint(0,5))}
        if rnd.random()<.5 and path[1]=="/tasks": body={"title":"T","deadline":"2030-01-01","owners":{"users":[ada.user_id]},**{k:rnd.choice(VALUES) for k in rnd.sample(KEYS[10:],1)}}
        if rnd.random()<.3: body["taskdata"]={rnd.choice([*template.fields.values(),"q","zz"]):rnd.choice(VALUES)}
        if rnd.random()<.1: body=rnd.choice(VALUES)
        if path[1].endswith("captures") and rnd.random()<.6: body={"id":rnd.choice(list(template.fields.values())),"value":rnd.choice(VALUES)}
        if path[1].endswith("form-field/value") and rnd.random()<.6: body={"id":rnd.choice(list(template.fields.values())),"form_value":rnd.choice(VALUES),"run_id":process["id"]}
        try: a=ada.request(path[0],path[1],json=body)
        except ValueError: continue
        if a.status_code>=500: bad.append((path,body,a.text[:100]))
    names=["q","status","owners","assignee","guests","groups","roles","unassigned","tag","folder","checklist_id","created","deadline_on","deadline_start_range","is_oneoff","task_type","archived","custom_field_key","custom_field_value","created_for_others","mentioned","starter_id","currentTask","replace_page","sort","page","per_page","with","sort_by","completed_after"]
    vals=["","x","1","-1","true","a,b","2030-01-01","2030-01-01:","9999-12-31","0001-01-01","f"*32,"active,completed","99999999999999999999","%","\x00","é","'; drop","run,step,form_fields,threads,activities,summary,run.tasks.run","-deadline","only","me"]
    for n in range(700):
        q={rnd.choice(names):rnd.choice(vals) for _ in range(rnd.randint(1,4))}
        p=rnd.choice(["/tasks","/me/tasks",f"/users/{stan.user_id}/tasks",f"/runs/{process['id']}/tasks"])
        a=rnd.choice([ada,stan]).get(p,params=q)
        if a.status_code>=500: bad.append((p,q,a.text[:100]))
    for b in bad[:15]: print(b)
    print(len(bad))
    assert not bad
