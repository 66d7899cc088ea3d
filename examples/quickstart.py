"""Ask for recommendations, tell an event, ask again; on the data folder that `presage demo` leaves."""

import time

import boto3

personalize = boto3.client("personalize")
runtime = boto3.client("personalize-runtime")
events = boto3.client("personalize-events")

campaigns = personalize.list_campaigns()["campaigns"]
campaign = next(found["campaignArn"] for found in campaigns if "user-personalization" in found["name"])
tracker = personalize.list_event_trackers()["eventTrackers"][0]["eventTrackerArn"]
tracking_id = personalize.describe_event_tracker(eventTrackerArn=tracker)["eventTracker"]["trackingId"]


def recommend():
    items = runtime.get_recommendations(campaignArn=campaign, userId="me", numResults=5)["itemList"]
    return [item["itemId"] for item in items]


print("before:", *recommend())
event = {"eventType": "Purchase", "itemId": recommend()[-1], "sentAt": time.time()}
events.put_events(trackingId=tracking_id, userId="me", sessionId="today", eventList=[event])
print("after: ", *recommend())
