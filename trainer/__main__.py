from trainer.tasks import main

if __name__ == "__main__":
    main()
