module github.com/atlas-webhooks/atlas-go

go 1.24
